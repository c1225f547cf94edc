package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/setting"
)

// parsed is what a command line of train makes of a run's settings.
func parsed(t *testing.T, arguments ...string) protocol.Train {
	t.Helper()
	cli := newProgram()
	if _, err := newParser(t, cli).Parse(append([]string{"train", "--model", "x"}, arguments...)); err != nil {
		t.Fatal(err)
	}
	config, err := cli.Train.config()
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// Every method is in the help and is a name that --method takes.
func TestMethodsOfTrain(t *testing.T) {
	for _, name := range objective.Methods() {
		if help := (trainCommand{}).Help(); !strings.Contains(help, name+" ") {
			t.Errorf("the help lacks %s", name)
		}
		config := parsed(t, "--method", name)
		method, err := objective.MethodNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		if config.Method != name || config.Beta != method.Settings().Beta || (config.Group > 1) != (method.Learns == objective.Groups) {
			t.Errorf("%s: %+v", name, config)
		}
	}
	if config := parsed(t, "--method", "dapo", "--beta", "0.1"); config.Beta != 0.1 {
		t.Errorf("beta is %g", config.Beta)
	}
}

// Every row has a flag, in the help with its explanation, that reaches the settings of
// the methods that read it, refuses what does not fit, and is refused for the others.
func TestEveryRowIsAFlag(t *testing.T) {
	rows := setting.Rows()
	if len(rows) < 50 {
		t.Fatalf("only %d rows", len(rows))
	}
	help := trainHelp(t)
	for _, row := range rows {
		reads, leaves := "", ""
		for _, name := range objective.Methods() {
			m, err := objective.MethodNamed(name)
			if err != nil {
				t.Fatal(err)
			}
			if m.Row(m.Settings()).Reads(row) {
				reads = name
			} else {
				leaves = name
			}
		}
		flag := "--" + flagOf(row)
		if sentence, _, _ := strings.Cut(row.Help.En, ". "); !strings.Contains(help, flag) || !strings.Contains(flat(help), flat(sentence)) {
			t.Errorf("the help lacks %s or its explanation %q", flag, sentence)
		}
		value := map[protocol.Kind]string{protocol.Number: "0.75", protocol.Whole: "3", protocol.Switch: "1"}[row.Kind]
		argument := flag + "=" + value
		switch {
		case row.Kind == protocol.Pick:
			value = row.Choices[len(row.Choices)-1].Value
			argument = flag + "=" + value
		case row.Kind == protocol.Switch:
			argument = flag
		case row.Least >= 1:
			value = "7"
			argument = flag + "=" + value
		}
		config, err := configOf(t, "--method", reads, argument)
		if err != nil || row.Read(config) != value {
			t.Errorf("%s gives %s, error %v", argument, row.Read(config), err)
		}
		if row.Kind == protocol.Number || row.Kind == protocol.Whole {
			if _, err := configOf(t, "--method", reads, flag+"=-5"); err == nil || !strings.Contains(err.Error(), flag) {
				t.Errorf("%s=-5: %v", flag, err)
			}
		}
		if leaves == "" {
			continue
		}
		if _, err := configOf(t, "--method", leaves, argument); err == nil || !strings.Contains(err.Error(), flag+": "+leaves+" does not read it") {
			t.Errorf("%s for %s: %v", argument, leaves, err)
		}
	}
}

// configOf is a command line's settings.
func configOf(t *testing.T, arguments ...string) (protocol.Train, error) {
	t.Helper()
	cli := newProgram()
	if _, err := newParser(t, cli).Parse(append([]string{"train", "--model", "x"}, arguments...)); err != nil {
		t.Fatal(err)
	}
	return cli.Train.config()
}

// trainHelp is what dongyur train --help prints.
func trainHelp(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	parser := newParser(t, newProgram(), kong.Writers(&out, &out), kong.Exit(func(int) {}))
	_, _ = parser.Parse([]string{"train", "--help"}) // what comes after the help does not matter
	return out.String()
}

// flat is a text without its line breaks and indents.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

// CPT reads a file line by line.
func TestTextsOfFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "texts.txt")
	if err := os.WriteFile(path, []byte("ཀ\n\nཁ་ག\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	texts, err := (&trainCommand{Texts: path}).texts(&program{}, "bo")
	if err != nil || !slices.Equal(texts, []string{"ཀ", "ཁ་ག"}) {
		t.Errorf("%q, %v", texts, err)
	}
}
