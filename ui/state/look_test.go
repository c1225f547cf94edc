package state

import (
	"math"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
)

// Units of a text put together are the text, are whole syllables in Tibetan and whole
// tokens in all languages, and carry the log-probabilities of their tokens.
func TestUnits(t *testing.T) {
	for _, test := range []struct {
		name, tag, text string
		pieces          []string
		want            []string
	}{
		{"half syllables are joined", "bo", "བོད་ཡིག", []string{"བོ", "ད་", "ཡ", "ིག"}, []string{"བོད་", "ཡིག"}},
		{"a token over two syllables stays whole", "bo", "བོད་ཡིག་ལ", []string{"བོད་ཡི", "ག་", "ལ"}, []string{"བོད་ཡིག་", "ལ"}},
		{"the end is a mark of its own", "bo", "ང", []string{"ང", "<|im_end|>"}, []string{"ང", "<|im_end|>"}},
		{"half a character waits", "zh", "你好", []string{"", "你", "好"}, []string{"你", "好"}},
		{"words by token", "en", "open the file", []string{"open", " the", " fi", "le"}, []string{"open", " the", " fi", "le"}},
		{"nothing", "bo", "", []string{"<|im_end|>"}, []string{"<|im_end|>"}},
		{"a rest without a token", "zh", "你\uFFFD", []string{"你"}, []string{"你", "\uFFFD"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := protocol.Completion{Text: test.text, Pieces: test.pieces}
			for i := range test.pieces {
				c.Before = append(c.Before, -float64(i+1))
			}
			units := Units(c, test.tag)
			text, tokens, sum := "", 0, 0.0
			for i, u := range units {
				if i >= len(test.want) || u.Text != test.want[i] {
					t.Fatalf("units %+v, want %q", units, test.want)
				}
				if !u.Special {
					text += u.Text
				}
				tokens += len(u.Tokens)
				sum += u.LogProb
			}
			if len(units) != len(test.want) || text != test.text || tokens != len(test.pieces) || math.Abs(sum-Sum(c.Before)) > 1e-9 {
				t.Errorf("%d units, text %q, %d tokens, log-probability %g", len(units), text, tokens, sum)
			}
		})
	}
}

// group answers a look.
func (s *session) group(c protocol.Command, g protocol.Group) {
	s.Handle(protocol.Event{ReplyTo: c.ID, Type: protocol.EvGroup, Group: &g})
	s.done(c)
}

func TestLookFollowsAndGoesBack(t *testing.T) {
	s := newSession(t)
	train := s.begin()
	s.step(train, 1)
	if look := s.last(protocol.CmdGroup).Look; look == nil || look.Now {
		t.Errorf("while nobody looks inside, the page asks for %+v", look)
	}
	s.group(s.last(protocol.CmdGroup), protocol.Group{Step: 1})
	if s.Group == nil || s.Look.Group != nil {
		t.Error("a group for the Train view is taken for one to look into")
	}
	s.Show(Inside)
	if look := s.last(protocol.CmdGroup).Look; !look.Now || look.Step != 0 {
		t.Errorf("inside, the page asks for %+v", look)
	}
	kept := func(step, index int) protocol.Group {
		return protocol.Group{Step: step, Index: index, Groups: 4, First: 1, Last: 3, Completions: []protocol.Completion{{Index: 0, Reward: 1}, {Index: 1, Reward: 2}}}
	}
	s.step(train, 2)
	s.step(train, 3)
	s.group(s.last(protocol.CmdGroup), kept(3, 0))
	if s.Look.Group.Step != 3 || s.Look.Explained().Index != 1 {
		t.Errorf("step %d, answer %d is explained", s.Look.Group.Step, s.Look.Explained().Index)
	}
	s.Look.Choose(0)
	s.LookAt(2, 9)
	if look := s.last(protocol.CmdGroup).Look; look.Step != 2 || look.Index != 3 || !look.Now {
		t.Errorf("the page asks for %+v", look)
	}
	s.group(s.last(protocol.CmdGroup), kept(2, 3))
	if s.Look.Chosen != 0 || s.Group.Step != 3 {
		t.Errorf("chosen %d; the Train view shows step %d", s.Look.Chosen, s.Group.Step)
	}
	s.fail(protocol.Command{ID: s.Look.asked}, "no longer")
	s.LookAt(1, 0)
	s.fail(s.last(protocol.CmdGroup), "step 1 is not kept")
	if s.Look.Error != "step 1 is not kept" || s.Look.Group.Step != 2 {
		t.Errorf("error %q beside step %d", s.Look.Error, s.Look.Group.Step)
	}
	s.Reset()
	if s.Look.Group != nil || s.Look.Error != "" {
		t.Error("after a reset a group is left")
	}
}

// The strip plays through its stages, and stops where it is told to.
func TestStripPlays(t *testing.T) {
	s := newSession(t)
	var due func()
	s.Later = func(_ int, do func()) { due = do }
	s.PlayStages()
	var seen []Stage
	for range 10 {
		seen = append(seen, s.Look.Shown())
		if !s.Look.Playing {
			break
		}
		due()
	}
	if len(seen) != 5 || seen[0] != Prompt || seen[4] != Nudge {
		t.Errorf("stages %v", seen)
	}
	s.PlayStages()
	due()
	s.PlayStages() // halts at Sample
	old := due
	s.PlayStages()
	if old(); s.Look.Shown() != Sample {
		t.Errorf("an old timer moved the strip to %d", s.Look.Shown())
	}
	s.ShowStage(Score)
	if due(); s.Look.Playing || s.Look.Shown() != Score {
		t.Errorf("after a choice the strip plays on, at %d", s.Look.Shown())
	}
}

func TestFlat(t *testing.T) {
	g := &protocol.Group{Std: 0, Completions: []protocol.Completion{{Reward: 1}, {Reward: 1}}}
	if !Flat(g) {
		t.Error("equal rewards without advantages are not flat")
	}
	g.Completions[0].Advantage, g.Completions[1].Advantage = 0.5, 0.5 // the batch's mean is the baseline
	if Flat(g) {
		t.Error("advantages against the batch are called flat")
	}
}
