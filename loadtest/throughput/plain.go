package throughput

import (
	"context"
	stdjson "encoding/json"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/segmentio/encoding/json"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

// plainEvent is every field of every entity, as encoding/json would have it.
type plainEvent struct {
	EventID    string            `json:"event_id"`
	Type       string            `json:"type"`
	OccurredAt time.Time         `json:"occurred_at"`
	Source     string            `json:"source"`
	Labels     map[string]string `json:"labels"`

	IncidentID  *string `json:"incident_id"`
	AlertID     *string `json:"alert_id"`
	ExecutionID *string `json:"execution_id"`

	Title               *string    `json:"title"`
	Description         *string    `json:"description"`
	Service             *string    `json:"service"`
	Team                *string    `json:"team"`
	Environment         *string    `json:"environment"`
	Cause               *string    `json:"cause"`
	Severity            *string    `json:"severity"`
	StartedAt           *time.Time `json:"started_at"`
	TriggerKind         *string    `json:"trigger_kind"`
	TriggerID           *string    `json:"trigger_id"`
	AlertIDs            []string   `json:"alert_ids"`
	ExecutionIDs        []string   `json:"execution_ids"`
	Classification      *string    `json:"classification"`
	ResolvedBy          *string    `json:"resolved_by"`
	CausedByExecutionID *string    `json:"caused_by_execution_id"`
	ResponderMinutes    *float64   `json:"responder_minutes"`
	UsersAffected       *float64   `json:"users_affected"`
	RevenueLost         *float64   `json:"revenue_lost"`
	ErrorBudgetMinutes  *float64   `json:"error_budget_minutes"`
	Actions             []struct {
		ID          string `json:"id"`
		Kind        string `json:"kind"`
		Automatable bool   `json:"automatable"`
		Ticket      string `json:"ticket"`
	} `json:"actions"`

	Name        *string `json:"name"`
	Fingerprint *string `json:"fingerprint"`
	Summary     *string `json:"summary"`
	Verdict     *string `json:"verdict"`

	AutomationID      *string  `json:"automation_id"`
	AutomationName    *string  `json:"automation_name"`
	AutomationVersion *string  `json:"automation_version"`
	Pattern           *string  `json:"pattern"`
	Stage             *string  `json:"stage"`
	Targets           []string `json:"targets"`
	Decision          *string  `json:"decision"`
	Command           *string  `json:"command"`
	Actor             *string  `json:"actor"`
	Approver          *string  `json:"approver"`
	Mutating          *bool    `json:"mutating"`
	Changed           *bool    `json:"changed"`
	Error             *string  `json:"error"`
	ManualMinutes     *float64 `json:"manual_minutes"`
	ResidualMinutes   *float64 `json:"residual_minutes"`
}

// commonColumns are the columns that every record table has, in the order in
// which plainEvent.values fills them.
const commonColumns = "topic, partition, offset, recorded_at, landed_at, key, headers, raw, reason, fault_field, fault_message, " +
	"event_id, type, occurred_at, source, labels, extra, carried"

var entityColumns = map[schema.Entity]string{
	schema.Incident: "incident_id, title, description, service, team, environment, cause, severity, started_at, trigger_kind, trigger_id, " +
		"alert_ids, execution_ids, classification, resolved_by, caused_by_execution_id, responder_minutes, users_affected, revenue_lost, error_budget_minutes, actions",
	schema.Alert: "alert_id, name, fingerprint, summary, service, team, environment, severity, incident_id, verdict",
	schema.Execution: "execution_id, automation_id, automation_name, automation_version, pattern, stage, trigger_kind, trigger_id, incident_id, alert_id, " +
		"service, team, environment, targets, decision, command, actor, approver, mutating, changed, error, verdict, manual_minutes, residual_minutes",
}

func (e *plainEvent) values(entity schema.Entity) []any {
	switch entity {
	case schema.Incident:
		actions := make([]map[string]any, len(e.Actions))
		for i, a := range e.Actions {
			actions[i] = map[string]any{"id": a.ID, "kind": a.Kind, "automatable": a.Automatable, "ticket": a.Ticket, "extra": ""}
		}
		return []any{
			e.IncidentID, e.Title, e.Description, e.Service, e.Team, e.Environment, e.Cause, e.Severity, e.StartedAt, e.TriggerKind, e.TriggerID,
			e.AlertIDs, e.ExecutionIDs, e.Classification, e.ResolvedBy, e.CausedByExecutionID, e.ResponderMinutes, e.UsersAffected, e.RevenueLost, e.ErrorBudgetMinutes, actions,
		}
	case schema.Alert:
		return []any{e.AlertID, e.Name, e.Fingerprint, e.Summary, e.Service, e.Team, e.Environment, e.Severity, e.IncidentID, e.Verdict}
	}
	return []any{
		e.ExecutionID, e.AutomationID, e.AutomationName, e.AutomationVersion, e.Pattern, e.Stage, e.TriggerKind, e.TriggerID, e.IncidentID, e.AlertID,
		e.Service, e.Team, e.Environment, e.Targets, e.Decision, e.Command, e.Actor, e.Approver, e.Mutating, e.Changed, e.Error, e.Verdict, e.ManualMinutes, e.ResidualMinutes,
	}
}

// unmarshallers are the two usual ways to read JSON.
var unmarshallers = map[string]func([]byte, any) error{
	"encoding/json": stdjson.Unmarshal,
	"segmentio":     json.Unmarshal,
}

// plainWay consumes until it has seen total records.
type plainWay struct {
	client    *kgo.Client
	conn      driver.Conn
	unmarshal func([]byte, any) error
	topics    map[string]schema.Entity
	batches   map[schema.Entity]driver.Batch
	rows      int
}

// plainBatchRows is how many rows of all tables are sent together.
const plainBatchRows = 50_000

func runPlain(ctx context.Context, brokers []string, to store.Config, unmarshal func([]byte, any) error, total int) error {
	conn, err := clickhouse.Open(&clickhouse.Options{
		Protocol: clickhouse.HTTP, Addr: []string{to.Addr},
		Auth: clickhouse.Auth{Database: to.Database, Username: to.User},
	})
	if err != nil {
		return err
	}
	defer conn.Close()
	w := &plainWay{conn: conn, unmarshal: unmarshal, topics: topics, batches: make(map[schema.Entity]driver.Batch)}
	w.client, err = kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumerGroup(to.Database),
		kgo.ConsumeTopics(topicNames()...), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit())
	if err != nil {
		return err
	}
	defer w.client.Close()
	for seen := 0; seen < total; {
		fetches := w.client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		for _, rec := range fetches.Records() {
			if err := w.add(ctx, rec); err != nil {
				return err
			}
			seen++
		}
	}
	return w.send(ctx)
}

func (w *plainWay) add(ctx context.Context, rec *kgo.Record) error {
	entity := w.topics[rec.Topic]
	batch := w.batches[entity]
	if batch == nil {
		var err error
		batch, err = w.conn.PrepareBatch(ctx, fmt.Sprintf("INSERT INTO %s_records (%s, %s)", entity, commonColumns, entityColumns[entity]))
		if err != nil {
			return err
		}
		w.batches[entity] = batch
	}
	var e plainEvent
	if err := w.unmarshal(rec.Value, &e); err != nil {
		return err
	}
	common := []any{
		rec.Topic, rec.Partition, uint64(rec.Offset), rec.Timestamp, time.Now(), string(rec.Key),
		[]map[string]string{},
		string(rec.Value), "", "", "",
		e.EventID, e.Type, e.OccurredAt, e.Source, e.Labels, "", uint8(0),
	}
	if err := batch.Append(append(common, e.values(entity)...)...); err != nil {
		return err
	}
	if w.rows++; w.rows == plainBatchRows {
		return w.send(ctx)
	}
	return nil
}

func (w *plainWay) send(ctx context.Context) error {
	for entity, batch := range w.batches {
		if err := batch.Send(); err != nil {
			return err
		}
		delete(w.batches, entity)
	}
	w.rows = 0
	return w.client.CommitUncommittedOffsets(ctx)
}
