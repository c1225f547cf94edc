package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/task"
)

type dataCommand struct {
	List dataList `cmd:"" help:"List the data sets."`
	Show dataShow `cmd:"" help:"Show some of a set."`
	Pull dataPull `cmd:"" help:"Download sets and check them."`
}

type dataList struct{}

// Help is the command's example.
func (dataList) Help() string { return "Example:\n\n  dongyur data list" }

// Run lists the catalogue.
func (c *dataList) Run(cli *program) error {
	catalogue, err := cli.catalogue()
	if err != nil {
		return err
	}
	return listSets(os.Stdout, catalogue, cli.JSON)
}

// listedSet is a line of `data list --json`.
type listedSet struct {
	Name           string     `json:"name"`
	Rows           int        `json:"rows"`
	Class          data.Class `json:"class"`
	Licence        string     `json:"licence"`
	Languages      []string   `json:"languages"`
	Tasks          []string   `json:"tasks,omitempty"`
	Splits         []string   `json:"splits,omitempty"`
	EvaluationOnly bool       `json:"evaluation_only"`
	Reviewed       string     `json:"reviewed"`
	Present        bool       `json:"present"`
	Path           string     `json:"path,omitempty"` // empty for the built-in set
}

// here says whether the set can be read.
func (s listedSet) here() string {
	switch {
	case s.Path == "":
		return "built in"
	case s.Present:
		return "yes"
	}
	return "no"
}

// listSets writes the catalogue as a table, or one set a line as JSON.
func listSets(out io.Writer, catalogue *data.Catalogue, asJSON bool) error {
	var sets []listedSet
	for _, s := range catalogue.Sets {
		listed := listedSet{Name: s.Name, Rows: s.Rows, Class: s.Class, Licence: s.Licence, Languages: s.Languages, Tasks: s.Tasks,
			Splits: s.Splits, EvaluationOnly: s.EvaluationOnly, Reviewed: s.Reviewed, Present: true}
		if s.File != "" {
			path, err := catalogue.Path(s.Name, "")
			if err != nil {
				return err
			}
			_, err = os.Stat(path)
			listed.Path, listed.Present = path, err == nil
		}
		sets = append(sets, listed)
	}
	if asJSON {
		for _, s := range sets {
			if err := writeJSON(out, s); err != nil {
				return err
			}
		}
		return nil
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tROWS\tCLASS\tLANGUAGES\tHERE\tLICENCE")
	for _, s := range sets {
		languages := strings.Join(s.Languages, " ")
		if len(s.Languages) > 4 {
			languages = fmt.Sprintf("%s and %d more", strings.Join(s.Languages[:3], " "), len(s.Languages)-3)
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%s\n", s.Name, s.Rows, s.Class, languages, s.here(), s.Licence)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprint(out, "\nR: text and weights trained on it may be given on under the licence. "+
		"M: for measuring and experiments only.\nNo native speaker has reviewed any of them, unless `data show` says so.\n")
	return err
}

type dataPull struct {
	Names []string `arg:"" name:"name" help:"Sets to download."`
}

// Help is the command's example.
func (dataPull) Help() string { return "Example:\n\n  dongyur data pull flores_bo_zh_en" }

// Run downloads the sets one after the other.
func (c *dataPull) Run(ctx context.Context, cli *program) error {
	catalogue, err := cli.catalogue()
	if err != nil {
		return err
	}
	for _, name := range c.Names {
		if err := pullSet(ctx, os.Stdout, catalogue, name, cli.JSON); err != nil {
			return err
		}
	}
	return nil
}

// pullSet brings one set and says where it lies.
func pullSet(ctx context.Context, out io.Writer, catalogue *data.Catalogue, name string, asJSON bool) error {
	set, err := catalogue.Set(name)
	if err != nil {
		return fmt.Errorf("pull: %w", err)
	}
	if set.File == "" {
		return announce(out, asJSON, map[string]any{"set": name, "event": "built in"}, name+" is built in: there is nothing to pull")
	}
	progress, done := bytesProgress(out, name, asJSON)
	err = catalogue.Pull(ctx, name, "", progress)
	done()
	if err != nil {
		return err
	}
	path, err := catalogue.Path(name, "")
	if err != nil {
		return err
	}
	return announce(out, asJSON, map[string]any{"set": name, "event": "checked", "path": path, "sha256": set.SHA256},
		fmt.Sprintf("%s: %s, sha256 %s as in the catalogue", name, path, set.SHA256))
}

// announce writes the fields as JSON, or the line.
func announce(out io.Writer, asJSON bool, fields map[string]any, line string) error {
	if asJSON {
		return writeJSON(out, fields)
	}
	_, err := fmt.Fprintln(out, line)
	return err
}

// bytesProgress shows a download: a bar on standard error, or a JSON line a second.
// Nothing is shown of a set that is there already, as nothing is downloaded.
func bytesProgress(out io.Writer, name string, asJSON bool) (progress func(done, total int64), finish func()) {
	if asJSON {
		var last time.Time
		return func(done, total int64) {
			if time.Since(last) < time.Second && done != total {
				return
			}
			last = time.Now()
			// The last line tells of failure; a line of progress that is lost does no harm.
			_ = writeJSON(out, map[string]any{"set": name, "event": "progress", "done": done, "total": total})
		}, func() {}
	}
	var bar *progressbar.ProgressBar
	return func(done, total int64) {
			if bar == nil {
				bar = progressbar.NewOptions64(total, progressbar.OptionSetDescription(name), progressbar.OptionSetWriter(os.Stderr),
					progressbar.OptionShowBytes(true), progressbar.OptionThrottle(200*time.Millisecond))
			}
			// A bar that cannot be drawn is no reason to stop the download.
			_ = bar.Set64(done)
		}, func() {
			if bar != nil {
				_ = bar.Exit()
				fmt.Fprintln(os.Stderr)
			}
		}
}

type dataShow struct {
	tableFlags
	Name  string `arg:"" help:"Set to show, or a table of your own: what is read of it, what is not and why."`
	Task  string `help:"What the rows are for: ${tasks}, or text for plain text; the set's first by default." enum:"${tasks},text," default:""`
	From  tag    `help:"Language of the sources or of the plain text; Tibetan (bo) by default, else the set's first."`
	To    tag    `help:"Language of the translations; the set's next by default."`
	Split string `help:"train, dev or test; all by default."`
	Limit int    `help:"How many to show; 0 for all." default:"5"`
}

// Help is the command's example.
func (dataShow) Help() string {
	return "Example:\n\n  dongyur data show software_bo_zh_en --from bo --to zh --split test --limit 3\n\n  dongyur data show mine.xlsx --from zh --to bo"
}

// Run shows the beginning of a set, or what is read of a table.
func (c *dataShow) Run(cli *program) error {
	if c.Limit < 0 {
		return fmt.Errorf("show: --limit %d: give how many to show, or 0 for all", c.Limit)
	}
	if isFile(c.Name) {
		return c.showFile(os.Stdout, cli.JSON)
	}
	catalogue, err := cli.catalogue()
	if err != nil {
		return err
	}
	set, err := catalogue.Set(c.Name)
	if err != nil {
		return fmt.Errorf("show: %w", err)
	}
	fmt.Fprintln(os.Stderr, strings.Join(notes(set), "\n"))
	return c.show(os.Stdout, catalogue, set, cli.JSON)
}

// notes say what a reader must know of a set before reading it.
func notes(set data.Set) []string {
	lines := []string{
		fmt.Sprintf("%s: %s", set.Name, set.Description),
		fmt.Sprintf("%d rows, class %s, licence: %s; reviewed by a native speaker: %s", set.Rows, set.Class, set.Licence, set.Reviewed),
	}
	if set.Class == data.MeasureOnly {
		lines = append(lines, "NOTE: class M: this text is for measuring and experiments only; give on neither it nor weights trained on it")
	}
	if set.EvaluationOnly {
		lines = append(lines, "NOTE: for evaluation only: do not train on it")
	}
	return append(lines, "")
}

// show writes examples, plain texts, or rows as they are, whichever the set has.
func (c *dataShow) show(out io.Writer, catalogue *data.Catalogue, set data.Set, asJSON bool) error {
	name := c.Task
	if name == "" && len(set.Tasks) > 0 {
		name = set.Tasks[0]
	}
	from := string(c.From)
	if from == "" && len(set.Languages) > 0 {
		from = set.Languages[0]
		if slices.Contains(set.Languages, "bo") {
			from = "bo"
		}
	}
	hasText := slices.Contains(set.Columns, "text") || len(set.Tasks) > 0
	switch {
	case task.Named(name) != nil && !task.Is(name, task.Choices):
		return c.examples(out, catalogue, name, from, c.target(set, name, from), asJSON)
	case hasText:
		return c.texts(out, catalogue, from, asJSON)
	}
	return c.rows(out, catalogue, set)
}

// target is the language to translate into: the one asked for, else the set's next.
func (c *dataShow) target(set data.Set, name, from string) string {
	if c.To != "" {
		return string(c.To)
	}
	for _, code := range set.Languages {
		if !task.Is(name, task.OneLanguage) && code != from {
			return code
		}
	}
	return from
}

func (c *dataShow) examples(out io.Writer, catalogue *data.Catalogue, name, from, to string, asJSON bool) error {
	examples, err := catalogue.Examples(c.Name, name, from, to, c.Split)
	if err != nil {
		return err
	}
	all := len(examples)
	if c.Limit > 0 && all > c.Limit {
		examples = examples[:c.Limit]
	}
	for _, e := range examples {
		if asJSON {
			err = writeJSON(out, e)
		} else {
			_, err = fmt.Fprintf(out, "%s  %s\n  %s  %s\n  %s  %s\n\n", e.ID, e.Split, e.SourceLang, short(e.Source), e.TargetLang, short(e.Reference))
		}
		if err != nil {
			return err
		}
	}
	if !asJSON {
		_, err = fmt.Fprintf(out, "%d of %d examples, task %s\n", len(examples), all, name)
	}
	return err
}

func (c *dataShow) texts(out io.Writer, catalogue *data.Catalogue, from string, asJSON bool) error {
	shown := 0
	for text, err := range catalogue.TextsSplit(c.Name, from, c.Split) {
		if err != nil {
			return err
		}
		shown++
		if asJSON {
			err = writeJSON(out, map[string]string{"lang": from, "text": text})
		} else {
			_, err = fmt.Fprintf(out, "%d  %s\n\n", shown, short(text))
		}
		if err != nil {
			return err
		}
		if shown == c.Limit {
			break
		}
	}
	return nil
}
