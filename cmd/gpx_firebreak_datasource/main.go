// Command gpx_firebreak_datasource is the backend of the Grafana datasource plugin. Grafana
// starts it.
package main

import (
	"fmt"
	"os"

	"github.com/vividium/firebreak/dashboards/datasource"
)

func main() {
	if err := datasource.Serve(); err != nil {
		fmt.Fprintln(os.Stderr, "firebreak datasource:", err)
		os.Exit(1)
	}
}
