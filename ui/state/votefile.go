package state

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"github.com/dongyur/dongyur/core/vote"
	"github.com/dongyur/dongyur/ui/words"
)

// secret is what a sealed file does not tell.
type secret struct {
	Seed    uint64    `json:"seed"`
	Systems [2]System `json:"systems"`
	Flipped []bool    `json:"flipped"`
}

// file is the round as one rater's file; sealed while it is open.
func (r *Round) file(rater string) VoteFile {
	f := VoteFile{Format: vote.Format, Version: vote.Version, Rater: rater, Identical: r.Identical, Pairs: make([]vote.Row, len(r.Pairs))}
	hidden := secret{Seed: r.Seed, Systems: r.Systems, Flipped: make([]bool, len(r.Pairs))}
	for i := range r.Pairs {
		p := &r.Pairs[i]
		row := vote.Row{ID: p.ID, Example: p.Example, A: p.Shown(0), B: p.Shown(1)}
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
	case vote.ChooseA:
		return r.Systems[r.Pairs[i].system(0)], true
	case vote.ChooseB:
		return r.Systems[r.Pairs[i].system(1)], true
	}
	return System{}, false
}

// roundOf is the other way of file.
func roundOf(f *VoteFile) (*Round, error) {
	r := &Round{Seed: f.Seed, Identical: f.Identical, Closed: f.Sealed == ""}
	var hidden secret
	if f.Sealed != "" {
		if err := unseal(f.Sealed, &hidden); err != nil || len(hidden.Flipped) != len(f.Pairs) {
			return nil, fmt.Errorf("its sealed part is damaged: export it again")
		}
		r.Seed, r.Systems = hidden.Seed, hidden.Systems
	} else {
		r.Systems = [2]System(f.Systems)
	}
	for i, row := range f.Pairs {
		p := Pair{ID: row.ID, Example: row.Example, Answers: [2]string{row.A, row.B}}
		p.Flipped = r.Closed && row.SystemA == r.Systems[1].Name || !r.Closed && hidden.Flipped[i]
		if p.Flipped {
			p.Answers = [2]string{row.B, row.A}
		}
		r.Pairs = append(r.Pairs, p)
		if row.Vote != nil && len(r.Votes) == i {
			r.Votes = append(r.Votes, *row.Vote)
		}
	}
	return r, nil
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

// ImportVotes takes a file: other raters' votes beside one's own, or, where none are
// under way, a round to vote on in an order of one's own.
func (v *Voting) ImportVotes(name string, data []byte, seed uint64) {
	files, err := vote.Read(data)
	for i := 0; err == nil && i < len(files); i++ {
		_, err = roundOf(&files[i])
	}
	if err != nil {
		v.Problem = words.T("%s was not imported: %s.", name, err.Error())
		return
	}
	v.Problem = ""
	for _, f := range files {
		if v.importOne(name, f, seed); v.Problem != "" {
			return
		}
	}
}

func (v *Voting) importOne(name string, f VoteFile, seed uint64) {
	r, _ := roundOf(&f) // ImportVotes has tried it
	switch {
	case f.Sealed != "" && v.Round.Open() && len(v.Round.Votes) > 0:
		v.Problem = words.T("%s is a round to vote on, and one is open: finish that one first.", name)
	case f.Sealed != "":
		r.Votes, r.Seed = nil, seed
		deal(r.Pairs, seed)
		v.Round, v.Draft, v.Others = r, vote.Unrated(), nil
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
	v := Voting{Rater: k.Rater, Others: k.Others, Draft: vote.Unrated()}
	if k.Mine != nil {
		var err error
		if v.Round, err = roundOf(k.Mine); err != nil {
			return err
		}
		if p := v.Round.Pair(); p != nil && k.Mine.Draft != nil {
			if err := k.Mine.Draft.Check(p.Shown(0), p.Shown(1)); err != nil {
				return fmt.Errorf("draft: %w", err)
			}
			v.Draft = *k.Mine.Draft
		}
	}
	a.Vote = v
	return nil
}
