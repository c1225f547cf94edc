package hub

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/vote"
)

// What an attention check's answers are called in a file.
const (
	rightAnswer = "right answer"
	wrongAnswer = "wrong answer"
)

// Campaign is what its owner sees. While it is open that is how far it is, and nothing
// of what was preferred.
type Campaign struct {
	ID           string         `json:"id"`
	Title        string         `json:"title"`
	Instructions string         `json:"instructions"`
	SourceLang   string         `json:"source_lang"`
	TargetLang   string         `json:"target_lang"`
	Task         string         `json:"task"`
	Systems      [2]vote.System `json:"systems"`
	Items        int            `json:"items"`
	PerItem      int            `json:"per_item"`
	PerRater     int            `json:"per_rater"`
	Repeats      int            `json:"repeats"`
	Checks       int            `json:"checks"`
	MostRaters   int            `json:"most_raters"`
	Open         bool           `json:"open_link"` // whether there is a link that anyone may vote with
	Created      string         `json:"created"`
	Expires      string         `json:"expires"`
	Closed       string         `json:"closed,omitempty"`
	Votes        int            `json:"votes"`  // on items, of all raters
	Least        int            `json:"least"`  // votes that the item with the fewest has
	Raters       []RaterInfo    `json:"raters"` // in the order that they came
	Results      *Results       `json:"results,omitempty"`
}

// RaterInfo is one rater's progress.
type RaterInfo struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Done  int    `json:"done"` // with checks and repeats
	Total int    `json:"total"`
	Last  string `json:"last,omitempty"` // time of the latest vote
}

// Results are what a closed campaign says.
type Results struct {
	Outcome vote.Outcome `json:"outcome"`
	Care    []Care       `json:"care"` // in the order of Outcome.Raters
}

// Care tells how far one rater's votes can be relied on.
type Care struct {
	Rater        string `json:"rater"`
	ChecksPassed int    `json:"checks_passed"` // the right answer was preferred
	Checks       int    `json:"checks"`
	RepeatsSame  int    `json:"repeats_same"` // the second time as the first
	Repeats      int    `json:"repeats"`
}

// getCampaign shows a campaign to its owner.
func (h *Hub) getCampaign(r *http.Request) (reply, error) {
	c, err := h.ownCampaign(r)
	if err != nil {
		return reply{}, err
	}
	return h.showCampaign(r.Context(), c)
}

func (h *Hub) showCampaign(ctx context.Context, c *campaign) (reply, error) {
	out := Campaign{ID: c.id, Title: c.title, Instructions: c.instructions, SourceLang: c.from, TargetLang: c.to, Task: c.task, Systems: c.systems,
		PerItem: c.perItem, PerRater: c.perRater, Repeats: c.repeats, Checks: c.checks, MostRaters: c.mostRaters, Open: c.joinHash != "",
		Created: moment(c.created), Expires: moment(c.expires), Closed: moment(c.closed), Raters: []RaterInfo{}}
	if _, err := h.one(ctx, "SELECT count(*), coalesce(sum(votes), 0), coalesce(min(votes), 0) FROM item WHERE campaign = ? AND kind = 0", []any{c.id}, &out.Items, &out.Votes, &out.Least); err != nil {
		return reply{}, err
	}
	asked := rater{campaign: *c}
	total := asked.wanted(out.Items) + c.checks + min(c.repeats, asked.wanted(out.Items))
	err := h.each(ctx, `SELECT rater.id, name, count(position), coalesce(max(voted), 0) FROM rater LEFT JOIN slot ON rater = rater.id AND voted > 0
		WHERE rater.campaign = ? GROUP BY rater.id ORDER BY rater.created, rater.id`, []any{c.id}, func(scan func(...any) error) error {
		one := RaterInfo{Total: total}
		var last int64
		err := scan(&one.ID, &one.Name, &one.Done, &last)
		one.Last = moment(last)
		out.Raters = append(out.Raters, one)
		return err
	})
	if err == nil && c.closed > 0 {
		out.Results, err = h.results(ctx, c)
	}
	return reply{body: out}, err
}

// results counts the votes as the page and the program count those of the exported file.
func (h *Hub) results(ctx context.Context, c *campaign) (*Results, error) {
	list, err := h.files(ctx, c, "")
	if err != nil {
		return nil, err
	}
	out := &Results{Care: []Care{}}
	var files []vote.File
	for _, f := range list {
		files = append(files, f.File)
		out.Care = append(out.Care, careOf(&f.File))
	}
	out.Outcome = vote.Count(files)
	return out, nil
}

// careOf counts passed checks and votes that were the same twice.
func careOf(f *vote.File) Care {
	care := Care{Rater: f.Rater, Checks: len(f.Checks), Repeats: len(f.Repeats)}
	for _, row := range f.Checks {
		if row.Preferred == rightAnswer {
			care.ChecksPassed++
		}
	}
	said := func(row *vote.Row) string {
		return row.Preferred + " " + string(map[bool]vote.Choice{true: row.Vote.Choice}[row.Preferred == ""])
	}
	first := map[string]string{}
	for i := range f.Pairs {
		first[f.Pairs[i].ID] = said(&f.Pairs[i])
	}
	for i := range f.Repeats {
		if first[f.Repeats[i].ID] == said(&f.Repeats[i]) {
			care.RepeatsSame++
		}
	}
	return care
}

// raterFile is one rater's votes.
type raterFile struct {
	vote.File
	rater string
}

// files are the votes of a closed campaign in the page's form, one for each rater who
// voted, or for one rater.
func (h *Hub) files(ctx context.Context, c *campaign, only string) ([]*raterFile, error) {
	items, err := h.texts(ctx, c)
	if err != nil {
		return nil, err
	}
	var list []*raterFile
	err = h.each(ctx, `SELECT slot.rater, name, item, kind, flipped, vote FROM slot JOIN rater ON rater.id = slot.rater
		WHERE slot.campaign = ? AND voted > 0 AND (? = '' OR slot.rater = ?) ORDER BY rater.created, rater.id, position`, []any{c.id, only, only}, func(scan func(...any) error) error {
		var id, called, given string
		var number, kind int
		var flipped bool
		if err := scan(&id, &called, &number, &kind, &flipped, &given); err != nil {
			return err
		}
		if len(list) == 0 || list[len(list)-1].rater != id {
			if called == "" {
				called = "rater " + strconv.Itoa(len(list)+1)
			}
			list = append(list, &raterFile{rater: id, File: vote.File{Format: vote.Format, Version: vote.Version, Rater: called, Seed: uint64(c.seed),
				Systems: c.systems[:], Identical: c.identical, Pairs: []vote.Row{}}})
		}
		return list[len(list)-1].add(c, items[number], kind, flipped, given)
	})
	return list, err
}

// add adds one vote to the file of its rater.
func (f *raterFile) add(c *campaign, row vote.Row, kind int, flipped bool, given string) error {
	systems := [2]string{c.systems[0].Name, c.systems[1].Name}
	if kind == aCheck {
		systems = [2]string{rightAnswer, wrongAnswer}
	}
	if flipped {
		row.A, row.B = row.B, row.A
		systems[0], systems[1] = systems[1], systems[0]
	}
	row.SystemA, row.SystemB = systems[0], systems[1]
	if err := json.Unmarshal([]byte(given), &row.Vote); err != nil {
		return err
	}
	switch row.Vote.Choice {
	case vote.ChooseA:
		row.Preferred = row.SystemA
	case vote.ChooseB:
		row.Preferred = row.SystemB
	}
	switch kind {
	case aCheck:
		f.Checks = append(f.Checks, row)
	case aRepeat:
		f.Repeats = append(f.Repeats, row)
	default:
		f.Pairs = append(f.Pairs, row)
	}
	return nil
}

// texts are the campaign's pairs by number, unflipped.
func (h *Hub) texts(ctx context.Context, c *campaign) (map[int]vote.Row, error) {
	items := map[int]vote.Row{}
	err := h.each(ctx, "SELECT number, pair, example, first, second FROM item WHERE campaign = ?", []any{c.id}, func(scan func(...any) error) error {
		var number int
		var example string
		var row vote.Row
		if err := scan(&number, &row.ID, &example, &row.A, &row.B); err != nil {
			return err
		}
		var e task.Example
		err := json.Unmarshal([]byte(example), &e)
		row.Example = e
		items[number] = row
		return err
	})
	return items, err
}

// exportVotes gives a closed campaign's votes as a file: ?format=jsonl, one rater's file
// of the page's form in each line, or tsv, one vote in each.
func (h *Hub) exportVotes(r *http.Request) (reply, error) {
	c, err := h.ownCampaign(r)
	if err != nil {
		return reply{}, err
	}
	if c.closed == 0 {
		return reply{}, failf(http.StatusConflict, "Votes can be exported once the vote is closed: until then nobody is told what is which.")
	}
	list, err := h.files(r.Context(), c, "")
	if err != nil {
		return reply{}, err
	}
	switch r.URL.Query().Get("format") {
	case "jsonl":
		var out strings.Builder
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		for _, f := range list {
			if err := encoder.Encode(f.File); err != nil {
				return reply{}, err
			}
		}
		return reply{raw: []byte(out.String()), kind: "application/jsonl; charset=utf-8", name: "dongyur-votes.jsonl"}, nil
	case "tsv":
		return reply{raw: []byte(table(list)), kind: "text/tab-separated-values; charset=utf-8", name: "dongyur-votes.tsv"}, nil
	}
	return reply{}, failf(http.StatusBadRequest, "format: give jsonl or tsv.")
}

var columns = []string{"rater", "kind", "pair", "source", "a", "b", "system_a", "system_b", "choice", "preferred",
	"adequacy_a", "adequacy_b", "fluency_a", "fluency_b", "spans", "comment"}

// table is TSV, which has no quoting: a tab or a line break in a text is a space in it.
func table(list []*raterFile) string {
	var out strings.Builder
	line := func(fields []string) {
		for i, f := range fields {
			fields[i] = strings.NewReplacer("\t", " ", "\r\n", " ", "\n", " ", "\r", " ").Replace(f)
		}
		out.WriteString(strings.Join(fields, "\t") + "\n")
	}
	line(append([]string{}, columns...))
	rated := func(value int) string {
		if value < 0 {
			return ""
		}
		return strconv.Itoa(value)
	}
	for _, f := range list {
		for kind, rows := range [][]vote.Row{f.Pairs, f.Checks, f.Repeats} {
			for _, row := range rows {
				spans, _ := json.Marshal(row.Vote.Spans) // of strings and numbers
				r := row.Vote.Ratings
				line([]string{f.Rater, []string{"item", "check", "repeat"}[kind], row.ID, row.Example.Source, row.A, row.B, row.SystemA, row.SystemB, string(row.Vote.Choice), row.Preferred,
					rated(r[0][vote.AdequacyOf]), rated(r[1][vote.AdequacyOf]), rated(r[0][vote.FluencyOf]), rated(r[1][vote.FluencyOf]), string(spans), row.Vote.Comment})
			}
		}
	}
	return out.String()
}
