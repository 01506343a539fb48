package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// newRoot makes the whole command tree. Nothing is shared between two trees,
// so that tests can run commands side by side.
func newRoot() *cobra.Command {
	set := &settings{}
	root := &cobra.Command{
		Use:   "firebreak",
		Short: "Is our automation really putting fires out, and what should we automate next?",
		Long: `Firebreak reads incident, alert and automation-execution events from Kafka,
keeps them in ClickHouse, and measures what automation does: how often it
succeeds, how often it was not needed, what it broke, and what it left to people.

Every flag has an environment variable: --kafka-brokers is FIREBREAK_KAFKA_BROKERS.`,
		Example: `  firebreak demo                          # a generated company, from Kafka to numbers
  firebreak up                            # everything in one process
  firebreak produce events.ndjson.gz      # send events
  firebreak metric automation_success_rate --by automation_id`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w; see `%s --help`", err, cmd.CommandPath())
	})
	bind := bindFlags(root.PersistentFlags(), set)
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return bind.readEnvironment() }

	root.AddCommand(
		newUp(set), newDemo(set), newMigrate(set), newIngest(set),
		newAggregate(set),
		newProduce(set), newCluster(set), newClusters(set), newBacklog(set), newPromotions(set), newMetric(set), newReport(set), newSQL(set), newDeadLetters(set),
		newAudit(set), newSettings(set),
		newConfig(set), newVersion(),
	)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "help" {
			c.Args = existingCommand
		}
	}
	refuseUnknown(root)
	return root
}

// existingCommand is what help can be asked about.
func existingCommand(help *cobra.Command, path []string) error {
	_, rest, err := help.Root().Find(path)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("there is no command %q", strings.Join(path, " "))
	}
	return err
}

// refuseUnknown makes wrong arguments a usage error, down the tree.
func refuseUnknown(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usagef("%w; see `%s --help`", err, cmd.CommandPath())
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		refuseUnknown(sub)
	}
}
