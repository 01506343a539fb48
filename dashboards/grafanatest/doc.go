// Package grafanatest drives the datasource plugin as Grafana does, for tests and
// measurements where there is no Grafana: it starts the built backend as a process,
// speaks its gRPC protocol, and brings a generated company into a store for it to show.
//
// It promises that what it sends and what it makes of the answers goes through the
// plugin SDK's own conversions, as in Grafana.
package grafanatest
