package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// eachCommand visits the commands that are ours.
func eachCommand(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, sub := range c.Commands() {
		if sub.Name() != "help" && sub.Name() != "completion" {
			eachCommand(sub, do)
		}
	}
}

func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	visited := 0
	eachCommand(newRoot(), func(c *cobra.Command) {
		visited++
		path := strings.Fields(c.CommandPath())[1:]
		help := output(t, append(path, "--help")...)
		for _, part := range []string{"Usage:", "Examples:\n", "  firebreak"} {
			if !strings.Contains(help, part) {
				t.Errorf("%s --help has no %q", c.CommandPath(), part)
			}
		}
		if c.Short == "" || !strings.Contains(c.Example, strings.Join(append([]string{"firebreak"}, path...), " ")) {
			t.Errorf("%s has no example of itself, or no short help: %q", c.CommandPath(), c.Example)
		}
		if other := output(t, append([]string{"help"}, path...)...); other != help {
			t.Errorf("help %v is another text than --help", path)
		}
	})
	if visited < 10 {
		t.Errorf("only %d commands", visited)
	}
}

// output is what a command line prints, run in this process.
func output(t *testing.T, args ...string) string {
	t.Helper()
	root := newRoot()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetArgs(args)
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out.String()
}

func TestEveryFlagNamesItsEnvironmentVariable(t *testing.T) {
	eachCommand(newRoot(), func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" && !strings.HasSuffix(f.Usage, "["+variable(f.Name)+"]") {
				t.Errorf("%s --%s does not name its variable: %s", c.CommandPath(), f.Name, f.Usage)
			}
		})
	})
}

// sample gives two allowed values for a setting, neither of them the default.
func sample(f *pflag.Flag) (one, other string) {
	switch {
	case f.Name == "kafka-sasl":
		return "plain", "scram-sha-256"
	case f.Name == "kafka-protocol": // it has two values in all
		return "consumer", "classic"
	case strings.HasPrefix(f.Name, "review-"):
		return "https://a/1", "https://b/2"
	case f.Name == "log-level":
		return "debug", "error"
	case f.Name == "memory":
		return "400000001", "400000002"
	case f.Value.Type() == "int":
		return "400001", "400002"
	case f.Value.Type() == "bool":
		return "true", "false"
	case f.Value.Type() == "duration":
		return "7s", "8s"
	case f.Value.Type() == "stringSlice":
		return "a:1,b:2", "c:3"
	}
	return "127.0.0.1:7", "127.0.0.1:8"
}

// A webhook is a secret, also where it is wrong.
func TestWrongAddressesAreNotTold(t *testing.T) {
	for _, address := range []string{"SECRET", "ftp://host/SECRET", "https:///SECRET", "https://%zz/SECRET"} {
		set := &settings{ReviewWebhook: address}
		err := set.validate()
		if err == nil || !strings.Contains(err.Error(), "--review-webhook") || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// Of every setting: the flag goes before the environment, which goes before the
// default; secrets are not shown.
func TestFlagBeatsEnvironmentBeatsDefault(t *testing.T) {
	newRoot().PersistentFlags().VisitAll(func(f *pflag.Flag) {
		t.Run(f.Name, func(t *testing.T) {
			fromEnvironment, fromFlag := sample(f)
			if fallback := strings.Trim(f.DefValue, "[]"); fallback != shownSetting(t, f.Name) && f.Value.Type() != "duration" {
				t.Errorf("the default is %q, want %q", shownSetting(t, f.Name), fallback)
			}
			t.Setenv(variable(f.Name), fromEnvironment)
			fromOutput := shownSetting(t, f.Name)
			fromBoth := shownSetting(t, f.Name, "--"+f.Name+"="+fromFlag)
			if strings.Contains(f.Name, "password") || f.Name == "review-webhook" {
				fromEnvironment, fromFlag = "(hidden)", "(hidden)"
			}
			if fromOutput != fromEnvironment || fromBoth != fromFlag {
				t.Errorf("%q by the environment, %q with the flag beside it; want %q and %q", fromOutput, fromBoth, fromEnvironment, fromFlag)
			}
		})
	})
}

// shownSetting is what `firebreak config` prints for a setting.
func shownSetting(t *testing.T, name string, flags ...string) string {
	t.Helper()
	for line := range strings.Lines(output(t, append([]string{"config"}, flags...)...)) {
		if value, ok := strings.CutPrefix(line, variable(name)+"="); ok {
			return strings.TrimSuffix(value, "\n")
		}
	}
	t.Fatalf("config does not show %s", variable(name))
	return ""
}
