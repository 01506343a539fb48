package main

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/spf13/cobra"
)

type configOptions struct {
	Check bool `env:"CHECK" help:"only say whether the configuration is valid"`
}

func newConfig(set *settings) *cobra.Command {
	opts := &configOptions{}
	c := &cobra.Command{
		Use:   "config",
		Short: "Print the effective configuration, secrets hidden",
		Example: `  firebreak config
  FIREBREAK_KAFKA_BROKERS=kafka:9092 firebreak config --check`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			if opts.Check {
				fmt.Fprintln(cmd.OutOrStdout(), "the configuration is valid")
				return nil
			}
			b := &binding{options: set}
			b.eachField(set, func(name string, field reflect.StructField, value reflect.Value) {
				fmt.Fprintf(cmd.OutOrStdout(), "%s=%s\n", variable(name), shown(field, value))
			})
			return nil
		},
	}
	bindOptions(c, opts)
	return c
}

// shown is a setting's value as one may print it.
func shown(field reflect.StructField, value reflect.Value) string {
	if field.Tag.Get("secret") == "true" && value.String() != "" {
		return "(hidden)"
	}
	if list, ok := reflect.TypeAssert[[]string](value); ok {
		return strings.Join(list, ",")
	}
	return fmt.Sprint(value.Interface())
}
