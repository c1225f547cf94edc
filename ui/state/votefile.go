package state

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"unicode/utf8"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/words"
)

const (
	votesFormat  = "dongyur-votes"
	votesVersion = 1
)

// VoteFile is one rater's votes as they travel. While a round is open, in the browser's
// storage and in a file for another rater, it names no system: Sealed holds what is
// which, unreadable at a glance. A page can hide nothing from who is set on looking;
// nobody stumbles on it.
type VoteFile struct {
	Format    string    `json:"format"`
	Version   int       `json:"version"`
	Rater     string    `json:"rater,omitempty"`
	Seed      uint64    `json:"seed,omitempty"` // of the order and the sides
	Systems   []System  `json:"systems,omitempty"`
	Identical int       `json:"identical,omitempty"` // lines left out, as both systems say the same
	Pairs     []VoteRow `json:"pairs"`
	Sealed    string    `json:"sealed,omitempty"`
	Draft     *Vote     `json:"draft,omitempty"`
}

// VoteRow is one pair as its rater saw it, texts byte for byte.
type VoteRow struct {
	ID        string           `json:"id"`
	Example   protocol.Example `json:"example"`
	A         string           `json:"a"`
	B         string           `json:"b"`
	SystemA   string           `json:"system_a,omitempty"`
	SystemB   string           `json:"system_b,omitempty"`
	Preferred string           `json:"preferred,omitempty"` // system
	Vote      *Vote            `json:"vote,omitempty"`
}

// secret is what a sealed file does not tell.
type secret struct {
	Seed    uint64    `json:"seed"`
	Systems [2]System `json:"systems"`
	Flipped []bool    `json:"flipped"`
}

// file is the round as one rater's file; sealed while it is open.
func (r *Round) file(rater string) VoteFile {
	f := VoteFile{Format: votesFormat, Version: votesVersion, Rater: rater, Identical: r.Identical, Pairs: make([]VoteRow, len(r.Pairs))}
	hidden := secret{Seed: r.Seed, Systems: r.Systems, Flipped: make([]bool, len(r.Pairs))}
	for i := range r.Pairs {
		p := &r.Pairs[i]
		row := VoteRow{ID: p.ID, Example: p.Example, A: p.Shown(0), B: p.Shown(1)}
		hidden.Flipped[i] = p.Flipped
		if i < len(r.Votes) {
			row.Vote = &r.Votes[i]
		}
		if r.Closed {
			row.SystemA, row.SystemB = r.Systems[p.system(0)].Name, r.Systems[p.system(1)].Name
			if row.Vote != nil {
				preferred, _ := r.Preferred(i)
				row.Preferred = preferred.Name // NoWinner of none
			}
		}
		f.Pairs[i] = row
	}
	if r.Closed {
		f.Seed, f.Systems = r.Seed, r.Systems[:]
	} else {
		f.Sealed = seal(hidden)
	}
	return f
}

// Preferred is the system that a vote prefers, false where none.
func (r *Round) Preferred(i int) (System, bool) {
	switch r.Votes[i].Choice {
	case ChooseA:
		return r.Systems[r.Pairs[i].system(0)], true
	case ChooseB:
		return r.Systems[r.Pairs[i].system(1)], true
	}
	return System{}, false
}

// round is the other way of file.
func (f *VoteFile) round() (*Round, error) {
	r := &Round{Seed: f.Seed, Identical: f.Identical, Closed: f.Sealed == ""}
	var hidden secret
	if f.Sealed != "" {
		if err := unseal(f.Sealed, &hidden); err != nil || len(hidden.Flipped) != len(f.Pairs) {
			return nil, fmt.Errorf("its sealed part is damaged: export it again")
		}
		r.Seed, r.Systems = hidden.Seed, hidden.Systems
	} else if len(f.Systems) == 2 {
		r.Systems = [2]System(f.Systems)
	} else {
		return nil, fmt.Errorf("systems: it names %d, want 2", len(f.Systems))
	}
	for i, row := range f.Pairs {
		p := Pair{ID: row.ID, Example: row.Example, Answers: [2]string{row.A, row.B}}
		p.Flipped = r.Closed && row.SystemA == r.Systems[1].Name || !r.Closed && hidden.Flipped[i]
		if p.Flipped {
			p.Answers = [2]string{row.B, row.A}
		}
		if row.ID != pairID(row.Example.Source, row.A, row.B) {
			return nil, fmt.Errorf("pairs[%d]: its texts are not those that were voted on (id %s)", i, row.ID)
		}
		r.Pairs = append(r.Pairs, p)
		if err := row.Vote.check(&p); err != nil {
			return nil, fmt.Errorf("pairs[%d]: %w", i, err)
		}
		if row.Vote != nil && len(r.Votes) == i {
			r.Votes = append(r.Votes, *row.Vote)
		}
	}
	return r, nil
}

// check says what a vote on a pair has that the page never gives; a draft has no choice
// yet.
func (v *Vote) check(p *Pair) error {
	if v == nil {
		return nil
	}
	if v.Choice != "" && !slices.Contains(Choices, v.Choice) {
		return fmt.Errorf("choice is %q, want one of %q", v.Choice, Choices)
	}
	for side, ratings := range v.Ratings {
		for _, value := range ratings {
			if value < -1 || value > 100 {
				return fmt.Errorf("ratings[%d]: %d is not from 0 to 100, nor -1 for none", side, value)
			}
		}
	}
	for i, s := range v.Spans {
		if s.Side < 0 || s.Side > 1 || s.Start < 0 || s.End < s.Start || s.End > utf8.RuneCountInString(p.Shown(s.Side)) {
			return fmt.Errorf("spans[%d]: side %d, %d to %d is no part of an answer", i, s.Side, s.Start, s.End)
		}
	}
	return nil
}

// seal makes a value unreadable at a glance.
func seal(value any) string {
	data, _ := json.Marshal(value) // of strings and numbers
	mask(data)
	return base64.StdEncoding.EncodeToString(data)
}

func unseal(text string, into any) error {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return err
	}
	mask(data)
	return json.Unmarshal(data, into)
}

// mask is its own inverse.
func mask(data []byte) {
	stream := rand.New(rand.NewPCG(uint64(len(data)), 0x7365616c))
	for i := range data {
		data[i] ^= byte(stream.Uint32())
	}
}

// ReadVotes reads a file of votes or of a round to vote on.
func ReadVotes(data []byte) (VoteFile, error) {
	var f VoteFile
	if err := json.Unmarshal(data, &f); err != nil {
		return f, fmt.Errorf("it is no JSON (%w): choose a file that Export votes gave", err)
	}
	switch {
	case f.Format != votesFormat:
		return f, fmt.Errorf("format is %q, want %q: choose a file that Export votes gave", f.Format, votesFormat)
	case f.Version < 1 || f.Version > votesVersion:
		return f, fmt.Errorf("version is %d, and this page reads %d: reload the page to update it", f.Version, votesVersion)
	case len(f.Pairs) == 0:
		return f, fmt.Errorf("pairs: there are none")
	}
	_, err := f.round()
	return f, err
}

// VotesFile is the round as a file: with all votes once it is closed, else for another
// rater, without any.
func (v *Voting) VotesFile() ([]byte, error) {
	r := *v.Round
	rater := v.Rater
	if r.Open() {
		r.Votes, rater = nil, ""
	}
	return json.MarshalIndent(r.file(rater), "", " ")
}

// ImportVotes takes a file: another rater's votes beside one's own, or, where none are
// under way, a round to vote on in an order of one's own.
func (v *Voting) ImportVotes(name string, data []byte, seed uint64) {
	f, err := ReadVotes(data)
	if err != nil {
		v.Problem = words.T("%s was not imported: %s.", name, err.Error())
		return
	}
	v.Problem = ""
	r, _ := f.round() // ReadVotes has tried it
	switch {
	case f.Sealed != "" && v.Round.Open() && len(v.Round.Votes) > 0:
		v.Problem = words.T("%s is a round to vote on, and one is open: finish that one first.", name)
	case f.Sealed != "":
		r.Votes, r.Seed = nil, seed
		deal(r.Pairs, seed)
		v.Round, v.Draft, v.Others = r, unrated(), nil
	case v.Round.Open():
		v.Problem = words.T("%s holds another rater's votes, which would tell which answer is which: finish your own round first.", name)
	case v.Round == nil:
		v.Round, v.Rater = r, f.Rater
	case !v.sharesPairs(f):
		v.Problem = words.T("%s is about other texts: none of its pairs are in this round.", name)
	case !v.sameSystems(f):
		v.Problem = words.T("%s compares %s with %s, and this round %s with %s.", name, f.Systems[0].Name, f.Systems[1].Name, v.Round.Systems[0].Name, v.Round.Systems[1].Name)
	default:
		v.Others = append(v.Others, f)
	}
}

func (v *Voting) sharesPairs(f VoteFile) bool {
	mine := map[string]bool{}
	for _, p := range v.Round.Pairs {
		mine[p.ID] = true
	}
	for _, row := range f.Pairs {
		if mine[row.ID] {
			return true
		}
	}
	return false
}

// sameSystems tells whether a rater's file is about the round's two, in either order.
func (v *Voting) sameSystems(f VoteFile) bool {
	for _, s := range v.Round.Systems {
		if s.Name != f.Systems[0].Name && s.Name != f.Systems[1].Name {
			return false
		}
	}
	return true
}

// keptVotes is votes.json.
type keptVotes struct {
	Rater  string     `json:"rater,omitempty"`
	Mine   *VoteFile  `json:"mine,omitempty"`
	Others []VoteFile `json:"others,omitempty"`
}

func (a *App) keptVotes() any {
	k := keptVotes{Rater: a.Vote.Rater, Others: a.Vote.Others}
	if r := a.Vote.Round; r != nil {
		f := r.file(a.Vote.Rater)
		f.Draft = &a.Vote.Draft
		k.Mine = &f
	}
	return k
}

func (a *App) takeVotes(data []byte) error {
	var k keptVotes
	if err := json.Unmarshal(data, &k); err != nil {
		return err
	}
	v := Voting{Rater: k.Rater, Others: k.Others, Draft: unrated()}
	if k.Mine != nil {
		var err error
		if v.Round, err = k.Mine.round(); err != nil {
			return err
		}
		if p := v.Round.Pair(); p != nil && k.Mine.Draft != nil {
			if err := k.Mine.Draft.check(p); err != nil {
				return fmt.Errorf("draft: %w", err)
			}
			v.Draft = *k.Mine.Draft
		}
		for i := range v.Round.Systems { // the run's folder is not told in a file
			for _, r := range a.Runs {
				if s := &v.Round.Systems[i]; s.Run > 0 && s.Run == r.Number {
					s.folder = r.folder
				}
			}
		}
	}
	a.Vote = v
	return nil
}
