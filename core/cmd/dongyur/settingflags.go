package main

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/setting"
)

// settingFlags are a flag for each row of core/setting. What is not given is the
// method's own value, or the program's where that is larger than a page's.
type settingFlags struct {
	kong.Plugins
	rows  []protocol.Setting
	given reflect.Value   // a struct of pointers, one a row; nil: not given
	base  protocol.Reward // what flags of the reward change
}

// newSettingFlags makes the flags of the rows as they are registered now.
func newSettingFlags() settingFlags {
	f := settingFlags{rows: setting.Rows()}
	fields := make([]reflect.StructField, len(f.rows))
	for i, row := range f.rows {
		kind, placeholder := reflect.TypeFor[*string](), strings.ToUpper(string(row.Kind))
		if row.Kind == protocol.Switch {
			kind = reflect.TypeFor[*bool]()
		}
		fields[i] = reflect.StructField{Name: "Flag" + strconv.Itoa(i), Type: kind, Tag: reflect.StructTag(fmt.Sprintf(
			"name:%q help:%q group:%q placeholder:%q", flagOf(row), strings.ReplaceAll(helpOf(row), "$", "$$"), row.Place, placeholder))}
	}
	flags := reflect.New(reflect.StructOf(fields))
	f.Plugins, f.given = kong.Plugins{flags.Interface()}, flags.Elem()
	return f
}

// flagOf is a row's flag without its dashes.
func flagOf(row protocol.Setting) string {
	if row.Flag != "" {
		return row.Flag
	}
	return row.Key
}

// helpOf is the first sentence of a row's help, with its choices and the program's own
// value.
func helpOf(row protocol.Setting) string {
	help, _, more := strings.Cut(row.Help.En, ". ")
	if more {
		help += "."
	}
	for _, c := range row.Choices {
		if c.Value != "" {
			help += fmt.Sprintf(" %s: %s.", c.Value, c.Title.En)
		}
	}
	if row.Native != nil {
		help += fmt.Sprintf(" (%v)", row.Native)
	}
	return help
}

// settings are a run of a method with the program's own sizes and what the flags change.
// A flag that the method does not read, or a value that does not fit, is refused by name.
func (f settingFlags) settings(method objective.Method) (protocol.Train, error) {
	run := method.Settings()
	run.Reward = f.base
	row := method.Row(run)
	given := map[string]bool{}
	for i, s := range f.rows {
		if s.Native != nil && row.Reads(s) {
			if err := run.Set(s.Path, s.Native); err != nil {
				return run, err
			}
		}
		flag := f.given.Field(i)
		if flag.IsNil() {
			continue
		}
		if !row.Reads(s) {
			return run, fmt.Errorf("--%s: %s does not read it; leave it out or choose another --method", flagOf(s), method.Name)
		}
		text := fmt.Sprint(flag.Elem())
		if s.Kind == protocol.Switch {
			text = map[string]string{"true": "1", "false": "0"}[text]
		}
		if err := s.Write(&run, text); err != nil {
			return run, fmt.Errorf("--%s: %w", flagOf(s), err)
		}
		given[s.Path] = true
	}
	if !given["lora.lora_alpha"] {
		run.LoRAAlpha = 2 * float64(run.LoRARank)
	}
	if !given["optimizer.warmup"] {
		run.Warmup = max(1, run.Steps/20)
	}
	return run, nil
}
