package datasource

import (
	"context"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	grafana "github.com/grafana/grafana-plugin-sdk-go/backend/datasource"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"
)

// PluginID is by what Grafana knows the plugin.
const PluginID = "vividium-firebreak-datasource"

// Serve answers Grafana until it ends the process.
func Serve() error {
	return grafana.Manage(PluginID, newInstance, grafana.ManageOpts{})
}

// newInstance is called for each datasource of this kind, and again when its settings
// were changed. It never fails: an instance that cannot work says why, while after a
// failure the SDK would go on with the former one, which it disposes of.
func newInstance(ctx context.Context, settings backend.DataSourceInstanceSettings) (instancemgmt.Instance, error) {
	return New(ctx, settings), nil
}
