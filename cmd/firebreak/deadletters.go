package main

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

func newDeadLetters(set *settings) *cobra.Command {
	c := &cobra.Command{
		Use:   "dead-letters",
		Short: "Look at the records that broke the event contract, and send them again",
		Example: `  firebreak dead-letters list --reason missing_field
  firebreak dead-letters replay --dry-run`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(newDeadLettersList(set), newDeadLettersReplay(set))
	return c
}

// deadLetterFilter chooses dead letters.
type deadLetterFilter struct {
	Reason []string `env:"REASON" help:"only these reasons"`
	Topic  []string `env:"TOPIC" help:"only these topics"`
	From   string   `env:"FROM" help:"only what landed from this date or RFC 3339 time on"`
	To     string   `env:"TO" help:"only what landed before this date or RFC 3339 time"`
}

// where is the condition on dead_letters and its parameters.
func (f *deadLetterFilter) where() (string, map[string]string, error) {
	for _, reason := range f.Reason {
		if !slices.Contains(schema.Reasons, schema.Reason(reason)) {
			return "", nil, usagef("--reason %q is none of %v", reason, schema.Reasons)
		}
	}
	from, to := time.Unix(0, 0), time.Date(2299, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := parseTime("from", f.From, &from); err != nil {
		return "", nil, err
	}
	if err := parseTime("to", f.To, &to); err != nil {
		return "", nil, err
	}
	const condition = `WHERE landed_at >= {from:DateTime64(3, 'UTC')} AND landed_at < {to:DateTime64(3, 'UTC')}
    AND ({reasons:String} = '' OR has(splitByChar('\n', {reasons:String}), reason))
    AND ({topics:String} = '' OR has(splitByChar('\n', {topics:String}), topic))`
	return condition, map[string]string{
		"from":    from.UTC().Format("2006-01-02 15:04:05.000"),
		"to":      to.UTC().Format("2006-01-02 15:04:05.000"),
		"reasons": strings.Join(f.Reason, "\n"),
		"topics":  strings.Join(f.Topic, "\n"),
	}, nil
}

type listOptions struct {
	deadLetterFilter

	Unrepaired bool   `env:"UNREPAIRED" help:"only those of which no replay was good"`
	Limit      int    `env:"LIMIT" help:"rows at most, the latest first; 0 is 100 in a table, else all"`
	Format     string `env:"FORMAT" envDefault:"table" help:"table, json (one object a line) or csv"`
}

func newDeadLettersList(set *settings) *cobra.Command {
	opts := &listOptions{}
	c := &cobra.Command{
		Use:   "list",
		Short: "List them with their reason, their bytes, and what became of their replays",
		Example: `  firebreak dead-letters list
  firebreak dead-letters list --topic firebreak.alerts --from 2026-01-31 --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			query, params, err := opts.query()
			if err != nil {
				return err
			}
			return withReader(set, func(s *store.Store) error {
				return s.Export(cmd.Context(), cmd.OutOrStdout(), query, formats[opts.Format], params)
			})
		},
	}
	bindOptions(c, opts)
	return c
}

func (o *listOptions) query() (string, map[string]string, error) {
	if err := checkFormat(o.Format); err != nil {
		return "", nil, err
	}
	if o.Limit < 0 {
		return "", nil, usagef("--limit must not be negative")
	}
	where, params, err := o.where()
	if err != nil {
		return "", nil, err
	}
	if o.Unrepaired {
		where += " AND NOT repaired"
	}
	params["limit"] = strconv.Itoa(o.limit())
	// Bytes that are not UTF-8 cannot stand in JSON as they are.
	return `SELECT reason, fault_field, fault_message, topic, partition, offset, landed_at, replays, repaired,
    if(isValidUTF8(dead_letters.key) AND isValidUTF8(dead_letters.raw) AND arrayAll(h -> isValidUTF8(h.1) AND isValidUTF8(h.2), dead_letters.headers), 'text', 'base64') AS encoding,
    if(encoding = 'text', dead_letters.key, base64Encode(dead_letters.key)) AS key,
    arrayMap(h -> CAST((h.1, if(encoding = 'text', h.2, base64Encode(h.2))), 'Tuple(name String, value String)'), dead_letters.headers) AS headers,
    if(encoding = 'text', dead_letters.raw, base64Encode(dead_letters.raw)) AS raw
FROM dead_letters
` + where + `
ORDER BY landed_at DESC, topic, partition, offset DESC
LIMIT {limit:UInt64}`, params, nil
}

// limit is for people to read, unless they ask otherwise.
func (o *listOptions) limit() int {
	switch {
	case o.Limit > 0:
		return o.Limit
	case formats[o.Format] == store.FormatTable:
		return 100
	}
	return math.MaxInt
}
