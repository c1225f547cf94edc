package reproduce

import (
	"fmt"
	"io"
	"strings"
)

// WriteMarkdown writes a result as people read it: our figures beside the paper's,
// then each of the paper's directions with what became of it.
func (r *Result) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s (%s)\n\n%s\n\n", r.Table, r.Paper, r.Asks)
	fmt.Fprintf(&b, "%s, %s of %s, %d steps, %d held out, seeds %s. Brackets: 95 %% interval of a bootstrap over seeds and what is held out.\n\n",
		r.Model, r.Scale.what(), r.Scale.Set, r.Scale.Steps, r.Lines, strings.Trim(fmt.Sprint(r.Seeds), "[]"))
	r.figures(&b)
	fmt.Fprint(&b, "\n| the paper's direction | its figures | ours: difference | |\n|---|---|---|---|\n")
	for _, c := range r.Claims {
		format := r.format(c.Column)
		if !strings.Contains(format, "+") {
			format = strings.Replace(format, "%", "%+", 1)
		}
		paper := c.Paper
		if paper == "" {
			paper = "not in our notes"
		}
		fmt.Fprintf(&b, "| %s | %s | %s "+format+" ["+format+", "+format+"] | **%s** |\n",
			c.Says, paper, c.Column, c.Difference.Value, c.Difference.Low, c.Difference.High, c.Verdict)
	}
	fmt.Fprintln(&b)
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "- %s.\n", note)
	}
	for _, c := range r.Columns {
		fmt.Fprintf(&b, "- %s: `%s`\n", c.Label, c.Signature)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// what is asked of the model.
func (s Scale) what() string {
	switch {
	case len(s.Langs) > 0:
		return fmt.Sprintf("facts in %s, and unseen in %s,", strings.Join(s.Langs, ", "), strings.Join(s.Unseen, ", "))
	case s.From == s.To:
		return fmt.Sprintf("%s in %s", s.Task, s.From)
	}
	return fmt.Sprintf("%s %s → %s", s.Task, s.From, s.To)
}

// figures writes the table itself; the paper's figure stands below ours.
func (r *Result) figures(b *strings.Builder) {
	fmt.Fprint(b, "| |")
	for _, c := range r.Columns {
		fmt.Fprintf(b, " %s |", c.Label)
	}
	fmt.Fprintf(b, "\n|---|%s\n", strings.Repeat("---|", len(r.Columns)))
	for _, row := range r.Rows {
		fmt.Fprintf(b, "| %s |", row.Label)
		for _, c := range r.Columns {
			x := row.Figures[c.Name]
			fmt.Fprintf(b, " "+c.format, x.Value)
			if x.Low < x.High {
				fmt.Fprintf(b, " ["+c.format+", "+c.format+"]", x.Low, x.High)
			}
			if paper := row.Paper[c.Name]; paper != "" {
				fmt.Fprintf(b, " (paper: %s)", paper)
			}
			fmt.Fprint(b, " |")
		}
		fmt.Fprintln(b)
	}
}

// format is a column's.
func (r *Result) format(name string) string {
	for _, c := range r.Columns {
		if c.Name == name {
			return c.format
		}
	}
	return "%.4f"
}
