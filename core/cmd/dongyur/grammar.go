package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/grammar"
	"github.com/dongyur/dongyur/core/grammar/attest"
)

type grammarCommand struct {
	Check grammarCheckCommand `cmd:"" help:"Compile the everyday grammar and tell which of its Tibetan wordings real texts attest."`
}

type grammarCheckCommand struct {
	Count bool   `help:"Count the wordings in the data sets anew and write the table, instead of reading it."`
	Table string `help:"The table that --count writes." default:"assets/grammar/attested.tsv" type:"path"`
}

// Run prints counts and every wording that no text attests.
func (c *grammarCheckCommand) Run(cli *program) error {
	for _, g := range []*grammar.Grammar{grammar.Everyday(), grammar.News()} {
		if err := g.Check(); err != nil {
			return err
		}
	}
	pieces := attest.Everyday()
	table, err := attest.Kept()
	if c.Count {
		table, err = c.count(cli, attest.Wordings(pieces))
	}
	if err != nil {
		return err
	}
	if !cli.JSON {
		everyday, news := grammar.Everyday(), grammar.News()
		fmt.Printf("%d concepts, %d frames of sentences, %d of news about %d kinds of event, in %s\n\n", len(everyday.Lexicon.Entries),
			len(everyday.Frames), len(news.Frames), len(news.Events()), strings.Join(grammar.Languages(), ", "))
	}
	printAttested(cli.JSON, pieces, table)
	return nil
}

// count makes the table from the data sets and writes it.
func (c *grammarCheckCommand) count(cli *program, wordings []string) (*attest.Table, error) {
	catalogue, err := data.OpenCatalogue("")
	if err != nil {
		return nil, err
	}
	catalogue.Folder = cli.Folder
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

// tally counts the wordings of a category.
type tally struct{ All, Attested, Uncounted int }

func printAttested(asJSON bool, pieces []grammar.Piece, table *attest.Table) {
	tallies, bySet := map[string]*tally{}, map[string]int{}
	total := &tally{}
	var lacking []string
	for _, p := range pieces {
		if tallies[p.Cat] == nil {
			tallies[p.Cat] = &tally{}
		}
		sets, counted := table.In(p.Text)
		for _, t := range []*tally{tallies[p.Cat], total} {
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
			state := "unattested"
			if !counted {
				state = "not counted"
			}
			lacking = append(lacking, fmt.Sprintf("%s\t%s\t%s\t%s", state, p.Cat, p.Of, p.Text))
		}
		if asJSON {
			printJSON(map[string]any{"wording": p.Text, "of": p.Of, "category": p.Cat, "counted": counted, "sets": sets})
		}
	}
	if asJSON {
		return
	}
	fmt.Printf("%-8s %9s %9s %7s\n", "", "wordings", "attested", "share")
	for _, cat := range slices.Sorted(maps.Keys(tallies)) {
		tallies[cat].print(cat)
	}
	total.print("all")
	fmt.Println()
	for _, set := range table.Sets {
		fmt.Printf("%-18s attests %5d\n", set, bySet[set])
	}
	if total.Uncounted > 0 {
		fmt.Printf("\n%d wordings are newer than the table; count them with: dongyur grammar check --count (it needs the data sets)\n", total.Uncounted)
	}
	if len(lacking) > 0 {
		fmt.Printf("\n%s\n", strings.Join(lacking, "\n"))
	}
}

func (t *tally) print(name string) {
	fmt.Printf("%-8s %9d %9d %6.1f%%\n", name, t.All, t.Attested, 100*float64(t.Attested)/float64(max(1, t.All)))
}
