package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/caarlos0/env/v10"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// envPrefix begins every environment variable.
const envPrefix = "FIREBREAK_"

// binding ties the fields of an options struct to flags and environment
// variables. A field says env:"KAFKA_BROKERS" help:"…"; the flag is then
// --kafka-brokers, the variable FIREBREAK_KAFKA_BROKERS. A flag goes before the
// environment, which goes before envDefault.
type binding struct {
	options any // pointer to the struct
	flags   *pflag.FlagSet
}

// bindFlags registers a flag for each field and sets the fields' defaults.
func bindFlags(flags *pflag.FlagSet, options any) *binding {
	if err := env.ParseWithOptions(options, env.Options{Prefix: envPrefix, Environment: map[string]string{}}); err != nil {
		panic(fmt.Sprintf("the defaults of %T cannot be parsed: %v", options, err))
	}
	b := &binding{options: options, flags: flags}
	b.eachField(options, func(name string, field reflect.StructField, value reflect.Value) {
		help := fmt.Sprintf("%s [%s]", field.Tag.Get("help"), variable(name))
		switch to := value.Addr().Interface().(type) {
		case *string:
			flags.StringVar(to, name, *to, help)
		case *[]string:
			flags.StringSliceVar(to, name, *to, help)
		case *int:
			flags.IntVar(to, name, *to, help)
		case *bool:
			flags.BoolVar(to, name, *to, help)
		case *time.Duration:
			flags.DurationVar(to, name, *to, help)
		default:
			panic(fmt.Sprintf("no flag for a %s", field.Type))
		}
	})
	return b
}

// bindOptions gives a command options of its own beside the settings.
func bindOptions(c *cobra.Command, options any) {
	b := bindFlags(c.Flags(), options)
	c.PreRunE = func(*cobra.Command, []string) error { return b.readEnvironment() }
}

// readEnvironment fills the fields whose flags were not given. It reports all
// mistakes at once.
func (b *binding) readEnvironment() error {
	fresh := reflect.New(reflect.TypeOf(b.options).Elem())
	if err := env.ParseWithOptions(fresh.Interface(), env.Options{Prefix: envPrefix}); err != nil {
		return &usageError{b.environmentError(err)}
	}
	b.eachField(b.options, func(name string, field reflect.StructField, value reflect.Value) {
		if _, given := os.LookupEnv(variable(name)); given && !b.flags.Changed(name) {
			value.Set(fresh.Elem().FieldByIndex(field.Index))
		}
	})
	return nil
}

func (b *binding) environmentError(err error) error {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return err
	}
	var mistakes []error
	for _, one := range all.Errors {
		if parse, ok := errors.AsType[env.ParseError](one); ok {
			one = fmt.Errorf("%s: %w", b.variableOf(parse.Name), parse.Err)
		}
		mistakes = append(mistakes, one)
	}
	return errors.Join(mistakes...)
}

// variableOf is the environment variable of a field of the options.
func (b *binding) variableOf(fieldName string) string {
	field, _ := reflect.TypeOf(b.options).Elem().FieldByName(fieldName)
	return envPrefix + field.Tag.Get("env")
}

func (b *binding) eachField(options any, do func(name string, field reflect.StructField, value reflect.Value)) {
	value := reflect.ValueOf(options).Elem()
	for _, field := range reflect.VisibleFields(value.Type()) {
		if key := field.Tag.Get("env"); key != "" {
			do(flagName(key), field, value.FieldByIndex(field.Index))
		}
	}
}

func flagName(key string) string { return strings.ReplaceAll(strings.ToLower(key), "_", "-") }
func variable(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
