package grafanatest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/grafana/grafana-plugin-sdk-go/config"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/segmentio/encoding/json"
	"google.golang.org/grpc"
)

// mostBytes is how large an answer may be, as in Grafana.
const mostBytes = 1 << 30

// Build compiles the backend into a folder and gives its path.
func Build(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, fmt.Sprintf("gpx_firebreak_datasource_%s_%s", runtime.GOOS, runtime.GOARCH))
	command := exec.CommandContext(ctx, "go", "build", "-o", path, "github.com/vividium/firebreak/cmd/gpx_firebreak_datasource")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the backend: %w\n%s", err, output)
	}
	return path, nil
}

// Process is a running backend.
type Process struct {
	client      *plugin.Client
	data        grpcplugin.DataClient
	diagnostics grpcplugin.DiagnosticsClient
	resource    grpcplugin.ResourceClient
}

// Launch starts a backend as Grafana does.
func Launch(path string) (*Process, error) {
	client := plugin.NewClient(&plugin.ClientConfig{
		Cmd: exec.CommandContext(context.Background(), path), // until Kill
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: grpcplugin.ProtocolVersion, MagicCookieKey: grpcplugin.MagicCookieKey, MagicCookieValue: grpcplugin.MagicCookieValue,
		},
		VersionedPlugins: map[int]plugin.PluginSet{grpcplugin.ProtocolVersion: {
			"data": &grpcplugin.DataGRPCPlugin{}, "diagnostics": &grpcplugin.DiagnosticsGRPCPlugin{}, "resource": &grpcplugin.ResourceGRPCPlugin{},
		}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		GRPCDialOptions:  []grpc.DialOption{grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(mostBytes))},
		Logger:           hclog.New(&hclog.LoggerOptions{Output: io.Discard, Level: hclog.Off}),
	})
	p := &Process{client: client}
	if err := p.dispense(); err != nil {
		client.Kill()
		return nil, err
	}
	return p, nil
}

func (p *Process) dispense() error {
	protocol, err := p.client.Client()
	if err != nil {
		return fmt.Errorf("connecting to the backend: %w", err)
	}
	var found [3]any
	for i, name := range []string{"data", "diagnostics", "resource"} {
		if found[i], err = protocol.Dispense(name); err != nil {
			return fmt.Errorf("the backend has no %s: %w", name, err)
		}
	}
	var ok [3]bool
	p.data, ok[0] = found[0].(grpcplugin.DataClient)
	p.diagnostics, ok[1] = found[1].(grpcplugin.DiagnosticsClient)
	p.resource, ok[2] = found[2].(grpcplugin.ResourceClient)
	if ok != [3]bool{true, true, true} {
		return errors.New("the backend does not speak Grafana's protocol")
	}
	return nil
}

// Kill ends it at once, as a crash does.
func (p *Process) Kill() { p.client.Kill() }

// Pid is its process.
func (p *Process) Pid() int { return p.client.ReattachConfig().Pid }

// Settings are those of a datasource.
type Settings struct {
	JSON    map[string]any
	Secrets map[string]string
	// Updated tells two versions of the settings apart.
	Updated time.Time
}

func (s Settings) context() (*pluginv2.PluginContext, error) {
	text, err := json.Marshal(s.JSON)
	if err != nil {
		return nil, err
	}
	return backend.ToProto().PluginContext(backend.PluginContext{
		Namespace: "default", PluginID: "vividium-firebreak-datasource",
		DataSourceInstanceSettings: &backend.DataSourceInstanceSettings{
			ID: 1, UID: "firebreak", Name: "Firebreak", Type: "vividium-firebreak-datasource",
			JSONData: text, DecryptedSecureJSONData: s.Secrets, Updated: s.Updated,
		},
		GrafanaConfig: config.NewGrafanaCfg(nil),
	}), nil
}

// Ask are queries that are sent together.
type Ask struct {
	From, To time.Time
	// Queries are by refId; each is sent as JSON.
	Queries map[string]any
	// ForAlert: as a rule asks.
	ForAlert bool
	// Interval and MostPoints are what a panel suggests.
	Interval   time.Duration
	MostPoints int64
}

// Query asks as a panel does.
func (p *Process) Query(ctx context.Context, s Settings, ask Ask) (*backend.QueryDataResponse, error) {
	about, err := s.context()
	if err != nil {
		return nil, err
	}
	request := &pluginv2.QueryDataRequest{PluginContext: about, Headers: map[string]string{}}
	if ask.ForAlert {
		request.Headers["FromAlert"] = "true"
	}
	for refID, q := range ask.Queries {
		text, err := json.Marshal(q)
		if err != nil {
			return nil, err
		}
		request.Queries = append(request.Queries, backend.ToProto().DataQuery(backend.DataQuery{
			RefID: refID, TimeRange: backend.TimeRange{From: ask.From, To: ask.To}, Interval: ask.Interval, MaxDataPoints: ask.MostPoints, JSON: text,
		}))
	}
	answer, err := p.data.QueryData(ctx, request)
	if err != nil {
		return nil, err
	}
	return backend.FromProto().QueryDataResponse(answer)
}

// Health asks as “Save & test” does.
func (p *Process) Health(ctx context.Context, s Settings) (*backend.CheckHealthResult, error) {
	about, err := s.context()
	if err != nil {
		return nil, err
	}
	answer, err := p.diagnostics.CheckHealth(ctx, &pluginv2.CheckHealthRequest{PluginContext: about})
	if err != nil {
		return nil, err
	}
	return backend.FromProto().CheckHealthResponse(answer), nil
}

// Resource asks as an editor does.
func (p *Process) Resource(ctx context.Context, s Settings, method, path string, body []byte) (status int, text []byte, err error) {
	about, err := s.context()
	if err != nil {
		return 0, nil, err
	}
	name, _, _ := strings.Cut(path, "?")
	stream, err := p.resource.CallResource(ctx, &pluginv2.CallResourceRequest{PluginContext: about, Method: method, Path: name, Url: path, Body: body})
	if err != nil {
		return 0, nil, err
	}
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return status, text, nil
		}
		if err != nil {
			return 0, nil, err
		}
		status, text = int(part.Code), append(text, part.Body...)
	}
}
