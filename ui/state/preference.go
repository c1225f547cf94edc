package state

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/vote"
)

// What a vote is, core/vote says; here are the names that the page uses most.
type (
	Choice   = vote.Choice
	Span     = vote.Span
	Vote     = vote.Vote
	System   = vote.System
	VoteFile = vote.File
)

// Pair is one prompt with the answers of both systems. Flipped tells that the second
// system's answer is shown as A.
type Pair struct {
	ID      string
	Example task.Example
	Answers [2]string // by system
	Flipped bool
}

// Shown is the answer on a side, 0 for A and 1 for B.
func (p *Pair) Shown(side int) string { return p.Answers[p.system(side)] }

// system is whose answer is on a side.
func (p *Pair) system(side int) int {
	if p.Flipped {
		return 1 - side
	}
	return side
}

// Round is a list of pairs to vote on. Which side is which follows from the seed, and
// nobody is told before the end: see sealed.
type Round struct {
	Seed      uint64
	Systems   [2]System
	Pairs     []Pair
	Identical int // lines whose answers are the same: nothing to vote on
	Votes     []Vote
	Closed    bool // the result is shown
}

// Voting is what the view of blind votes shows.
type Voting struct {
	Round    *Round
	Chosen   [2]int // runs to vote on, as System.Run has them; twice the same: nobody chose
	Draft    Vote   // of the pair at hand, until a choice is made
	Rater    string
	Others   []VoteFile // of other raters
	Selected Span       // text that is selected now, without a category
	Problem  string     // why a file was not taken
}

// deal puts pairs into a seeded random order, with the second system on side A in half
// of them. With an odd number a coin decides the odd one.
func deal(pairs []Pair, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 0x626c696e64)) // the second word only has to be fixed
	// The order that they came in must not matter: another rater has them in another one.
	slices.SortFunc(pairs, func(a, b Pair) int { return cmp.Compare(a.ID, b.ID) })
	rng.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
	flips := make([]bool, len(pairs))
	half := (len(pairs) + rng.IntN(2)) / 2
	for i := range half {
		flips[i] = true
	}
	rng.Shuffle(len(flips), func(i, j int) { flips[i], flips[j] = flips[j], flips[i] })
	for i := range pairs {
		pairs[i].Flipped = flips[i]
	}
}

// RandomSeed is one that JSON and JavaScript keep whole.
func RandomSeed() uint64 { return rand.Uint64() >> 11 }

// Pair is the one to vote on, or nil when all are voted on.
func (r *Round) Pair() *Pair {
	if r == nil || r.Closed || len(r.Votes) >= len(r.Pairs) {
		return nil
	}
	return &r.Pairs[len(r.Votes)]
}

// Open tells that a round is under way: what is which is not told.
func (r *Round) Open() bool { return r != nil && !r.Closed }

// Choose votes on the pair at hand.
func (v *Voting) Choose(choice Choice) {
	if v.Round.Pair() == nil {
		return
	}
	chosen := v.Draft
	chosen.Choice = choice
	v.Round.Votes = append(v.Round.Votes, chosen)
	v.Draft, v.Selected = vote.Unrated(), Span{}
}

// Undo takes the latest vote back, with its ratings and marks.
func (v *Voting) Undo() {
	if r := v.Round; r.Open() && len(r.Votes) > 0 {
		last := len(r.Votes) - 1
		v.Draft = r.Votes[last]
		v.Draft.Choice = ""
		r.Votes, v.Selected = r.Votes[:last], Span{}
	}
}

// Rate gives the answer on a side a rating of 0 to 100: which is AdequacyOf or
// FluencyOf.
func (v *Voting) Rate(side, which, value int) { v.Draft.Ratings[side][which] = min(max(value, 0), 100) }

// Select notes which text is selected: UTF-16 units of the answer on a side, as
// browsers count.
func (v *Voting) Select(side, start, end int) {
	pair := v.Round.Pair()
	if pair == nil {
		return
	}
	v.Selected = Span{Side: side}
	at := 0
	for i, r := range []rune(pair.Shown(side)) {
		if at >= start && at < end {
			if v.Selected.Text == "" {
				v.Selected.Start = i
			}
			v.Selected.End = i + 1
			v.Selected.Text += string(r)
		}
		if at++; r > 0xffff {
			at++
		}
	}
}

// Mark marks what is selected, or the whole answer on a side where nothing is.
func (v *Voting) Mark(side int, category string) {
	pair := v.Round.Pair()
	if pair == nil {
		return
	}
	span := Span{Side: side, Category: category}
	if v.Selected.Side == side && v.Selected.Text != "" {
		span = v.Selected
		span.Category = category
	} else {
		span.Text = pair.Shown(side)
		span.End = len([]rune(span.Text))
	}
	v.Draft.Spans = append(v.Draft.Spans, span)
	v.Selected = Span{}
}

// Unmark takes a mark away.
func (v *Voting) Unmark(i int) {
	if i < len(v.Draft.Spans) {
		v.Draft.Spans = slices.Delete(slices.Clone(v.Draft.Spans), i, i+1)
	}
}

// Reveal ends the round and tells what was which.
func (v *Voting) Reveal() {
	if r := v.Round; r.Open() && len(r.Votes) > 0 {
		r.Closed = true
	}
}

// VoteKey is what a key does while a round is shown: 1 to 4 vote, U undoes.
func (a *App) VoteKey(key string) bool {
	if a.View != Compare || a.Part != PartVote || !a.Vote.Round.Open() {
		return false
	}
	switch key {
	case "1", "2", "3", "4":
		a.Vote.Choose(vote.Choices[key[0]-'1'])
	case "u", "U":
		a.Vote.Undo()
	default:
		return false
	}
	return true
}
