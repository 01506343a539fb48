package ingest_test

import (
	"strings"
	"testing"

	"github.com/vividium/firebreak/ingest"
	"github.com/vividium/firebreak/schema"
)

func TestConfigValidate(t *testing.T) {
	cases := []struct {
		name   string
		change func(*ingest.Config)
		want   []string // one a mistake
	}{
		{"the default", func(*ingest.Config) {}, nil},
		{"nothing set", func(c *ingest.Config) { *c = ingest.Config{} }, []string{
			"the topic of incidents has no name", "the topic of alerts has no name", "the topic of executions has no name",
			"the consumer group has no name", `the group's protocol is ""`, "the lease must be above zero",
			"rows, bytes and wait must all be above zero",
			"memory must be at least 4194304 bytes", "the stop timeout must be above zero",
		}},
		{
			"one topic for two", func(c *ingest.Config) { c.Topics[schema.Alert] = c.Topics[schema.Incident] },
			[]string{`the topics of incidents and alerts are both "firebreak.incidents"; each entity needs its own`},
		},
		{"no wait", func(c *ingest.Config) { c.MaxWait = 0 }, []string{"rows, bytes and wait"}},
		{"no rows", func(c *ingest.Config) { c.MaxRows = 0 }, []string{"rows, bytes and wait"}},
		{"negative bytes", func(c *ingest.Config) { c.MaxBytes = -1 }, []string{"rows, bytes and wait"}},
		{"memory for few records", func(c *ingest.Config) { c.Memory = 4*schema.MaxRecordBytes - 1 }, []string{"memory must be"}},
		{"an unknown protocol", func(c *ingest.Config) { c.Protocol = "eager" }, []string{"must be classic or consumer"}},
		{"a negative session", func(c *ingest.Config) { c.Session = -1 }, []string{"the session must not be negative"}},
		{"just enough memory", func(c *ingest.Config) { c.Memory = 4 * schema.MaxRecordBytes }, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cfg := ingest.DefaultConfig()
			c.change(&cfg)
			var got []string
			if err := cfg.Validate(); err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			if len(got) != len(c.want) {
				t.Fatalf("mistakes %q, want %q", got, c.want)
			}
			for i := range got {
				if !strings.Contains(got[i], c.want[i]) {
					t.Errorf("mistake %q, want %q", got[i], c.want[i])
				}
			}
			if c.want == nil {
				return
			}
			if _, err := ingest.New(cfg, ingest.Deps{}); err == nil {
				t.Error("New takes it")
			}
		})
	}
}
