package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/dongyur/dongyur/core/grammar/attest"
)

// tally counts the wordings of a category.
type tally struct {
	All       int `json:"all"`
	Attested  int `json:"attested"`
	Uncounted int `json:"uncounted,omitempty"` // newer than the table
}

func (t *tally) print(name string) {
	fmt.Printf("attested    %-6s %5d of %5d Tibetan wordings, %5.1f %%\n", name, t.Attested, t.All, 100*float64(t.Attested)/float64(max(1, t.All)))
}

// attest tells which Tibetan wordings real texts have, by the table that is kept or
// counted anew.
func (c *grammarCheck) attest(_ context.Context, cli *program, checked *checkedGrammar) error {
	pieces := attest.Everyday()
	table, err := attest.Kept()
	if c.Recount {
		table, err = c.recount(cli, attest.Wordings(pieces))
	}
	if err != nil {
		return err
	}
	total, bySet := &tally{}, map[string]int{}
	checked.Attested = map[string]*tally{}
	for _, p := range pieces {
		if checked.Attested[p.Cat] == nil {
			checked.Attested[p.Cat] = &tally{}
		}
		sets, counted := table.In(p.Text)
		for _, t := range []*tally{checked.Attested[p.Cat], total} {
			t.All++
			switch {
			case !counted:
				t.Uncounted++
			case sets != nil:
				t.Attested++
			}
		}
		for _, set := range sets {
			bySet[set]++
		}
		if sets == nil {
			checked.Unattested = append(checked.Unattested, p)
		}
	}
	if cli.JSON {
		return nil
	}
	for _, cat := range slices.Sorted(maps.Keys(checked.Attested)) {
		checked.Attested[cat].print(cat)
	}
	total.print("all")
	for _, set := range table.Sets {
		fmt.Printf("attested    by %-18s %5d\n", set, bySet[set])
	}
	for _, p := range checked.Unattested {
		fmt.Printf("unattested  %s\t%s\t%s\n", p.Cat, p.Of, p.Text)
	}
	if total.Uncounted > 0 {
		fmt.Printf("unattested  %d wordings are newer than the table; count them with: dongyur grammar check --count (it needs the data sets)\n", total.Uncounted)
	}
	return nil
}

// recount makes the table from the data sets and writes it.
func (c *grammarCheck) recount(cli *program, wordings []string) (*attest.Table, error) {
	catalogue, err := cli.catalogue()
	if err != nil {
		return nil, err
	}
	table, err := attest.Make(wordings, attest.Sets, attest.FromCatalogue(catalogue))
	if err != nil {
		return nil, err
	}
	file, err := os.Create(filepath.Clean(c.Table))
	if err != nil {
		return nil, err
	}
	return table, cmp.Or(table.Write(file), file.Close())
}
