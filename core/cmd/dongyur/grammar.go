package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/grammar"
)

// grammarCommand holds what can be done with the everyday grammar.
type grammarCommand struct {
	Check  grammarCheck  `cmd:"" help:"Count, and test: wordings that no text attests, rules of Tibetan, parses of generated sentences, planted mistakes."`
	Sample grammarSample `cmd:"" help:"Print sentences in all languages."`
	Parse  grammarParse  `cmd:"" help:"Print what a text means."`
}

type grammarSample struct {
	Count    int      `help:"Sentences; of each frame with --every." default:"10"`
	Seed     uint64   `help:"Another seed, other sentences." default:"1"`
	Frames   []string `help:"Only these frames."`
	Split    string   `help:"train, dev, test, test-words or test-frames; none: any." default:""`
	Every    bool     `help:"Print sentences of every frame."`
	News     bool     `help:"Print short news with headlines instead."`
	Meanings bool     `help:"Print the meaning, too."`
}

// Help is the command's example.
func (grammarSample) Help() string {
	return "Example:\n\n  dongyur grammar sample --every --count 3\n\n" +
		"The sentences are composed from assets/grammar; no native speaker has reviewed them. A wording that is odd is mended there."
}

// sampled is one sentence as JSON.
type sampled struct {
	Meaning string            `json:"meaning"`
	Split   string            `json:"split"`
	Texts   map[string]string `json:"texts"`
	// Headlines are those of a piece of news.
	Headlines map[string]string `json:"headlines,omitempty"`
}

// Run prints what is composed.
func (c *grammarSample) Run(cli *program) error {
	if c.News {
		stories, err := grammar.News().Stories(c.Seed, c.Count, grammar.Filter{Split: c.Split, Frames: c.Frames})
		for _, s := range stories {
			c.print(cli, sampled{s.Report.String(), s.Split, s.Texts, s.Headlines})
		}
		return err
	}
	frames := c.Frames
	if !c.Every {
		return c.sentences(cli, frames)
	}
	if len(frames) == 0 {
		frames = grammar.Everyday().SentenceFrames()
	}
	for _, frame := range frames {
		if !cli.JSON {
			fmt.Printf("## %s\n", frame)
		}
		if err := c.sentences(cli, []string{frame}); err != nil {
			return err
		}
	}
	return nil
}

// sentences prints some of the frames; a frame may have fewer than were asked for.
func (c *grammarSample) sentences(cli *program, frames []string) error {
	sentences, err := grammar.Everyday().Generate(c.Seed, c.Count, grammar.Filter{Split: c.Split, Frames: frames})
	for _, s := range sentences {
		c.print(cli, sampled{s.Meaning.String(), s.Split, s.Texts, nil})
	}
	if c.Every && len(sentences) > 0 {
		return nil
	}
	return err
}

func (c *grammarSample) print(cli *program, s sampled) {
	if cli.JSON {
		printJSON(s)
		return
	}
	if c.Meanings {
		fmt.Println(s.Meaning)
	}
	for _, tag := range grammar.Everyday().Languages() {
		if s.Texts[tag] == "" {
			continue // the news speaks fewer languages
		}
		if headline := s.Headlines[tag]; headline != "" {
			fmt.Printf("  %s  [%s]\n", tag, headline)
		}
		fmt.Printf("  %s  %s\n", tag, s.Texts[tag])
	}
	fmt.Println()
}

type grammarParse struct {
	Lang  string   `help:"Language of the text." default:"bo"`
	Text  []string `arg:"" help:"Sentences."`
	Judge string   `help:"A meaning: print how much of it each sentence keeps." default:""`
}

// Help is the command's example.
func (grammarParse) Help() string {
	return "Example:\n\n  dongyur grammar parse --lang en 'Tashi bought three apples yesterday.'\n\n" +
		"Prints every meaning of each sentence; none if it is no sentence of the grammar. With --judge, exact, slots (F1) and well-formed."
}

// parsed is one text's meanings as JSON.
type parsedText struct {
	Text     string             `json:"text"`
	Meanings []string           `json:"meanings"`
	Judged   *grammar.Judgement `json:"judged,omitempty"`
}

// Run parses each text.
func (c *grammarParse) Run(cli *program) error {
	if !slices.Contains(grammar.Everyday().Languages(), c.Lang) {
		return fmt.Errorf("parse: the grammar does not speak %q; it has %s", c.Lang, strings.Join(grammar.Everyday().Languages(), ", "))
	}
	for _, text := range c.Text {
		p := parsedText{Text: text, Meanings: []string{}}
		for _, m := range grammar.Everyday().Parse(c.Lang, text) {
			p.Meanings = append(p.Meanings, m.String())
		}
		if c.Judge != "" {
			j, ok := grammar.Judge(c.Judge, c.Lang, "", text)
			if !ok {
				return fmt.Errorf("parse: %q is no meaning of the grammar; take one that parse prints", c.Judge)
			}
			p.Judged = &j
		}
		c.print(cli, p)
	}
	return nil
}

func (c *grammarParse) print(cli *program, p parsedText) {
	if cli.JSON {
		printJSON(p)
		return
	}
	fmt.Println(p.Text)
	for _, m := range p.Meanings {
		fmt.Println("  " + m)
	}
	if len(p.Meanings) == 0 {
		fmt.Println("  no sentence of the grammar")
	}
	if p.Judged != nil {
		fmt.Printf("  exact %v, slots %.2f, well-formed %v\n", p.Judged.Exact, p.Judged.Slots, p.Judged.WellFormed)
	}
}

type grammarCheck struct {
	Sentences int    `help:"Sentences that are composed and parsed in every language." default:"10000"`
	Seed      uint64 `help:"Another seed, other sentences." default:"1"`
	Recount   bool   `name:"count" help:"Count the wordings in the data sets anew and write the table, instead of reading it."`
	Table     string `help:"The table that --count writes." default:"assets/grammar/attested.tsv" type:"path"`
}

// Help is the command's example.
func (grammarCheck) Help() string {
	return "Example:\n\n  dongyur grammar check --sentences 100000\n\n" +
		"Which Tibetan wordings real texts attest stands in a table beside the lexicon; --count makes it anew from the data sets, of which none is for evaluation. How the rules of Tibetan are kept is counted in mono_bo, if it is here."
}

// Run prints one part after the other.
func (c *grammarCheck) Run(ctx context.Context, cli *program) error {
	checked := checkedGrammar{}
	for _, part := range []func(context.Context, *program, *checkedGrammar) error{c.count, c.attest, c.rules, c.parse, c.plant} {
		if err := part(ctx, cli, &checked); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if cli.JSON {
		printJSON(checked)
	}
	return checked.failed()
}

// count prints the sizes.
func (c *grammarCheck) count(_ context.Context, cli *program, checked *checkedGrammar) error {
	if err := grammar.Everyday().Check(); err != nil {
		return err
	}
	counts, err := grammar.Everyday().Count()
	if err != nil {
		return err
	}
	checked.Counts, checked.Events = counts, len(grammar.News().Events())
	if cli.JSON {
		return nil
	}
	concepts := 0
	var categories []string
	for _, category := range slices.Sorted(maps.Keys(counts.Concepts)) {
		concepts += counts.Concepts[category]
		categories = append(categories, fmt.Sprintf("%d %s", counts.Concepts[category], category))
	}
	fmt.Printf("concepts    %d: %s; %d are kept out of training\n", concepts, strings.Join(categories, ", "), counts.Held)
	fmt.Printf("frames      %d, of whole sentences %d; kinds of news %d\n", counts.Frames, counts.Sentences, checked.Events)
	for _, tag := range grammar.Everyday().Languages() {
		fmt.Printf("wordings    %s %d, every choice made\n", tag, counts.Productions[tag])
	}
	return nil
}
