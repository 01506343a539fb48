// Command catalogue prints what the datasource's queries can ask for; the dashboards are
// generated from it, and the editors tested with it.
package main

import (
	"fmt"
	"os"

	"github.com/vividium/firebreak/dashboards/datasource"
)

func main() {
	text, err := datasource.CatalogueJSON()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("%s\n", text)
}
