package audit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

// Story is one run of an automation as the bytes of its events tell it.
type Story struct {
	ExecutionID string  `json:"execution_id"`
	Lines       []Line  `json:"lines"`
	Events      []Told  `json:"events"` // in the order in which they occurred
	Caused      []Cause `json:"caused"`
}

// Line is one thing that is known of the run.
type Line struct {
	What string `json:"what"` // trigger, decision, approval, …
	Says string `json:"says"`
	// From is the event that said so; nil where none did.
	From *Told `json:"from,omitempty"`
}

// Told is an event and where it comes from.
type Told struct {
	Type       string    `json:"type"`
	OccurredAt time.Time `json:"occurred_at"`
	Source     string    `json:"source"`
	Topic      string    `json:"topic"`
	Partition  int32     `json:"partition"`
	Offset     int64     `json:"offset"`
	Digest     Hash      `json:"digest"`
	// Checkpoint is the one that sealed it and SealedAt its time; 0 when it is not
	// sealed. Intact says that the record is what was sealed.
	Checkpoint int64     `json:"checkpoint"`
	SealedAt   time.Time `json:"sealed_at,omitzero"`
	Intact     bool      `json:"intact"`
	// Misread says that the columns of the record do not say what its bytes say, so that
	// numbers are made of something else.
	Misread bool `json:"misread,omitempty"`

	leaf  Leaf
	event *schema.ExecutionEvent
}

// Cause is an incident that the run is said to have caused.
type Cause struct {
	IncidentID string `json:"incident_id"`
	Title      string `json:"title"`
	From       *Told  `json:"from"`
}

// NoRun says that nothing is known of an execution.
type NoRun struct{ ID string }

// Error implements error.
func (e *NoRun) Error() string {
	return fmt.Sprintf("there is no execution %q: `firebreak sql \"SELECT execution_id FROM executions ORDER BY began_at DESC LIMIT 10\"` shows the latest", e.ID)
}

// Tell reads the events of a run, and what they name, and decodes them from their bytes.
// It finds them by the records' keys, which are sealed, as well as by the column with the
// id, and takes those whose bytes have the id, whatever the columns say.
// With a prover it says of each whether it is sealed.
func Tell(ctx context.Context, s *store.Store, p *Prover, id string) (*Story, error) {
	t := teller{ctx: ctx, store: s}
	events, err := t.events(id)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 {
		return nil, &NoRun{id}
	}
	story := &Story{ExecutionID: id, Events: events, Caused: []Cause{}}
	if p != nil {
		if err := story.prove(p); err != nil {
			return nil, err
		}
	}
	if err := t.lines(story); err != nil {
		return nil, err
	}
	story.Caused, err = t.caused(id)
	return story, err
}

type teller struct {
	ctx   context.Context
	store *store.Store
}

type decodedEvent struct {
	event schema.Event
	told  Told
}

// decoded reads the records of an entity that meet a condition and are events, in the
// order in which they occurred.
func (t *teller) decoded(e schema.Entity, where, id string) ([]decodedEvent, error) {
	var found []decodedEvent
	err := t.store.EachRow(t.ctx, e, where, map[string]string{"id": id}, func(records []schema.Record, columns []store.Columns) error {
		for i := range records {
			rec := &records[i]
			// A decoder of its own: its event is good until it reads the next.
			event, agrees := decode(schema.NewDecoder(e), rec, &columns[i])
			if event == nil && !agrees {
				return notReadAnyMore(rec)
			}
			if event == nil {
				continue
			}
			digest, _ := DigestOf(rec, nil)
			base := event.Base()
			found = append(found, decodedEvent{event, Told{
				Type: base.Type, OccurredAt: base.OccurredAt.Time(), Source: base.Source,
				Topic: rec.Topic, Partition: rec.Partition, Offset: rec.Offset, Digest: digest, Misread: !agrees, leaf: Leaf{rec.Offset, digest},
			}})
		}
		return nil
	})
	slices.SortStableFunc(found, func(a, b decodedEvent) int {
		return cmp.Or(a.told.OccurredAt.Compare(b.told.OccurredAt), cmp.Compare(a.told.Offset, b.told.Offset), cmp.Compare(a.told.Partition, b.told.Partition))
	})
	return found, err
}

func notReadAnyMore(rec *schema.Record) error {
	return fmt.Errorf("the record %s, which was read as an event, cannot be read any more: run `firebreak audit verify`", rec.Place())
}

// about are the events of which the bytes have an entity's id.
func (t *teller) about(e schema.Entity, id string) ([]decodedEvent, error) {
	found, err := t.decoded(e, fmt.Sprintf("%s = {id:String} OR key = {id:String}", e.IDField()), id)
	return slices.DeleteFunc(found, func(d decodedEvent) bool { return d.event.EntityID() != id }), err
}

func (t *teller) events(id string) ([]Told, error) {
	found, err := t.about(schema.Execution, id)
	var list []Told
	for _, d := range found {
		d.told.event = d.event.(*schema.ExecutionEvent)
		list = append(list, d.told)
	}
	return list, err
}

// prove asks of each event whether it is sealed.
func (s *Story) prove(p *Prover) error {
	byStream := make(map[Stream][]*Told)
	for i := range s.Events {
		e := &s.Events[i]
		of := Stream{Entity: schema.Execution.String(), Topic: e.Topic, Partition: e.Partition}
		byStream[of] = append(byStream[of], e)
	}
	for of, events := range byStream {
		slices.SortFunc(events, func(a, b *Told) int { return cmp.Compare(a.Offset, b.Offset) })
		leaves := make([]Leaf, len(events))
		for i, e := range events {
			leaves[i] = e.leaf
		}
		proofs, err := p.Prove(of, leaves)
		if err != nil {
			return err
		}
		for i, proof := range proofs {
			events[i].Checkpoint, events[i].SealedAt, events[i].Intact = proof.Checkpoint, proof.Time, proof.Holds
		}
	}
	return nil
}

// lines folds the events as the contract has it: of each field the latest word.
func (t *teller) lines(s *Story) error {
	s.latest("automation", func(e *schema.ExecutionEvent) (string, bool) { return e.AutomationID, true })
	s.latest("version", optional(func(e *schema.ExecutionEvent) schema.Opt[string] { return e.AutomationVersion }))
	if err := t.trigger(s); err != nil {
		return err
	}
	s.latest("decision", optional(func(e *schema.ExecutionEvent) schema.Opt[string] { return e.Decision }))
	s.approval()
	s.latest("command", optional(func(e *schema.ExecutionEvent) schema.Opt[string] { return e.Command }))
	s.latest("targets", func(e *schema.ExecutionEvent) (string, bool) {
		return strings.Join(e.Targets.Value, ", "), e.Targets.Set
	})
	s.latest("actor", optional(func(e *schema.ExecutionEvent) schema.Opt[string] { return e.Actor }))
	s.stage()
	s.outcomes()
	s.latest("changed", flag(func(e *schema.ExecutionEvent) schema.Opt[bool] { return e.Changed }))
	s.latest("error", optional(func(e *schema.ExecutionEvent) schema.Opt[string] { return e.Error }))
	s.latest("verdict", optional(func(e *schema.ExecutionEvent) schema.Opt[string] { return e.Verdict }))
	s.residual()
	return nil
}

func optional(field func(*schema.ExecutionEvent) schema.Opt[string]) func(*schema.ExecutionEvent) (string, bool) {
	return func(e *schema.ExecutionEvent) (string, bool) { return field(e).Value, field(e).Set }
}

func flag(field func(*schema.ExecutionEvent) schema.Opt[bool]) func(*schema.ExecutionEvent) (string, bool) {
	return func(e *schema.ExecutionEvent) (string, bool) {
		return strconv.FormatBool(field(e).Value), field(e).Set
	}
}

// latest adds a line with what the latest event says that carries a field.
func (s *Story) latest(what string, field func(*schema.ExecutionEvent) (string, bool)) {
	if says, from := s.find(field); from != nil {
		s.Lines = append(s.Lines, Line{what, says, from})
	}
}

func (s *Story) find(field func(*schema.ExecutionEvent) (string, bool)) (says string, from *Told) {
	for i := range slices.Backward(s.Events) {
		if says, ok := field(s.Events[i].event); ok {
			return says, &s.Events[i]
		}
	}
	return "", nil
}

// stage says how far it was rolled out, and whether it could change anything; the
// contract says what holds where no event does.
func (s *Story) stage() {
	stage, from := s.find(optional(func(e *schema.ExecutionEvent) schema.Opt[string] { return e.Stage }))
	if from == nil {
		stage = schema.StageFull
	}
	mutating, says := s.find(flag(func(e *schema.ExecutionEvent) schema.Opt[bool] { return e.Mutating }))
	if says == nil {
		mutating = strconv.FormatBool(stage != schema.StageDryRun)
	}
	s.Lines = append(s.Lines, Line{"stage", stage, from}, Line{"mutating", mutating, says})
}

// trigger says what set the run off and what it worked on, by name where it is known.
func (t *teller) trigger(s *Story) error {
	kind, _ := s.find(optional(func(e *schema.ExecutionEvent) schema.Opt[string] { return e.TriggerKind }))
	for _, link := range []struct {
		what, kind string
		field      func(*schema.ExecutionEvent) schema.Opt[string]
	}{
		{"trigger", kind, func(e *schema.ExecutionEvent) schema.Opt[string] { return e.TriggerID }},
		{"incident", "incident", func(e *schema.ExecutionEvent) schema.Opt[string] { return e.IncidentID }},
		{"alert", "alert", func(e *schema.ExecutionEvent) schema.Opt[string] { return e.AlertID }},
	} {
		id, from := s.find(optional(link.field))
		if from == nil && link.what == "trigger" {
			s.latest("trigger", optional(func(e *schema.ExecutionEvent) schema.Opt[string] { return e.TriggerKind }))
		}
		if from == nil {
			continue
		}
		title, err := t.title(link.kind, id)
		if err != nil {
			return err
		}
		says := id
		if link.what == "trigger" {
			says = strings.TrimSpace(link.kind + " " + id)
		}
		if title != "" {
			says += ": " + title
		}
		s.Lines = append(s.Lines, Line{link.what, says, from})
	}
	return nil
}

// title is what an alert or an incident is called by its latest event that says so.
func (t *teller) title(kind, id string) (string, error) {
	var entity schema.Entity
	switch kind {
	case "alert":
		entity = schema.Alert
	case "incident":
		entity = schema.Incident
	default:
		return "", nil
	}
	found, err := t.about(entity, id)
	if err != nil {
		return "", err
	}
	for _, d := range slices.Backward(found) {
		if title := titleOf(d.event); title != "" {
			return title, nil
		}
	}
	return "", nil
}

func titleOf(event schema.Event) string {
	switch e := event.(type) {
	case *schema.IncidentEvent:
		return e.Title.Value
	case *schema.AlertEvent:
		return e.Name.Value
	}
	return ""
}

// approval says who approved or rejected it, and when, as the view approval_gaps judges it:
// who is named by another event than these or a start has approved nothing, and what was
// said after it had started came too late.
func (s *Story) approval() {
	before := len(s.Lines)
	start := slices.IndexFunc(s.Events, func(e Told) bool { return acted[e.Type] })
	for i := range s.Events {
		e := &s.Events[i]
		by := approver(e.event)
		var says string
		switch {
		case e.Type == schema.ExecutionApproved:
			says = fmt.Sprintf("by %s at %s", cmp.Or(by, "somebody"), stamp(e.OccurredAt))
		case e.Type == schema.ExecutionRejected:
			says = fmt.Sprintf("rejected by %s at %s", cmp.Or(by, "somebody"), stamp(e.OccurredAt))
		case by == "":
			continue
		case e.Type == schema.ExecutionStarted:
			says = "by " + by
		default:
			s.Lines = append(s.Lines, Line{"approval", fmt.Sprintf("%s is named by %s, which approves nothing", by, e.Type), e})
			continue
		}
		if start >= 0 && e.OccurredAt.After(s.Events[start].OccurredAt) {
			says += ", after it had started"
		}
		s.Lines = append(s.Lines, Line{"approval", says, e})
	}
	if len(s.Lines) == before {
		s.Lines = append(s.Lines, Line{What: "approval", Says: "none"})
	}
}

// acted are the types of events by which a run was carried out.
var acted = map[string]bool{
	schema.ExecutionStarted: true, schema.ExecutionSucceeded: true, schema.ExecutionFailed: true,
	schema.ExecutionTimedOut: true, schema.ExecutionEscalated: true, schema.ExecutionRolledBack: true,
}

// approver is who an event names; empty where the name has nothing to be seen in it.
func approver(e *schema.ExecutionEvent) string {
	seen := func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }
	if !strings.ContainsFunc(e.Approver.Value, seen) {
		return ""
	}
	return strings.TrimSpace(e.Approver.Value)
}

// outcomes are how it ended, and when; an automation's run may both fail and escalate.
func (s *Story) outcomes() {
	before := len(s.Lines)
	for i := range s.Events {
		switch e := &s.Events[i]; e.Type {
		case schema.ExecutionStarted:
			s.Lines = append(s.Lines, Line{"started", stamp(e.OccurredAt), e})
			before = max(before, len(s.Lines))
		case schema.ExecutionRequested, schema.ExecutionApproved, schema.ExecutionRejected, schema.ExecutionClassified:
		default:
			s.Lines = append(s.Lines, Line{"outcome", fmt.Sprintf("%s at %s", strings.TrimPrefix(e.Type, "execution."), stamp(e.OccurredAt)), e})
		}
	}
	if len(s.Lines) == before {
		s.Lines = append(s.Lines, Line{What: "outcome", Says: "not known"})
	}
}

// residual is a running total: the greatest counts.
func (s *Story) residual() {
	var from *Told
	for i := range s.Events {
		if m := s.Events[i].event.ResidualMinutes; m.Set && (from == nil || m.Value > from.event.ResidualMinutes.Value) {
			from = &s.Events[i]
		}
	}
	if from != nil {
		s.Lines = append(s.Lines, Line{"left to people", fmt.Sprintf("%g minutes", from.event.ResidualMinutes.Value), from})
	}
}

// caused are the incidents whose latest word on the matter is that the run caused them.
// They are looked for where a column, or the text of a value, names the run.
func (t *teller) caused(id string) ([]Cause, error) {
	const names = "(caused_by_execution_id = {id:String} OR position(raw, {id:String}) > 0)"
	const where = "incident_id != '' AND incident_id IN (SELECT incident_id FROM incident_records WHERE " + names + ") OR " + names
	found, err := t.decoded(schema.Incident, where, id)
	latest := make(map[string]int)
	titles := make(map[string]string)
	for i, d := range found {
		e := d.event.(*schema.IncidentEvent)
		if e.CausedByExecutionID.Set {
			latest[e.IncidentID] = i
		}
		if e.Title.Set {
			titles[e.IncidentID] = e.Title.Value
		}
	}
	list := []Cause{}
	for incident, i := range latest {
		if found[i].event.(*schema.IncidentEvent).CausedByExecutionID.Value == id {
			list = append(list, Cause{incident, titles[incident], &found[i].told})
		}
	}
	slices.SortFunc(list, func(a, b Cause) int { return cmp.Compare(a.IncidentID, b.IncidentID) })
	return list, err
}

func stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.000Z07:00") }
