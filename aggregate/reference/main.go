// Command reference prints the page that describes every metric.
package main

import (
	"fmt"

	"github.com/vividium/firebreak/aggregate"
)

func main() { fmt.Print(aggregate.Reference()) }
