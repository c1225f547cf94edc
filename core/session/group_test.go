package session

import (
	"math"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// looked gives the group that a Look answers with.
func (c *client) looked(look protocol.Look) *protocol.Group {
	c.t.Helper()
	for _, e := range c.must(protocol.Command{Type: protocol.CmdGroup, Look: &look}) {
		if e.Type == protocol.EvGroup {
			return e.Group
		}
	}
	c.t.Fatal("a look gave no group")
	return nil
}

// The formula that a page shows, on the numbers that it is told, gives the advantages
// that each method trained with.
func TestAdvantagesFollowTheFormula(t *testing.T) {
	for _, test := range []struct {
		name, method string
		set          func(*protocol.Train)
		combine      protocol.Combine
	}{
		{name: "grpo", method: "grpo"}, {name: "dr-grpo", method: "dr-grpo"}, {name: "dapo", method: "dapo"}, {name: "gspo", method: "gspo"},
		{name: "rloo", method: "rloo"}, {name: "reinforce++", method: "reinforce++"},
		{name: "deviation of the batch", method: "grpo", set: func(c *protocol.Train) { c.Scale, c.Epsilon = "batch", 1e-6 }},
		{name: "deviation by n", method: "grpo", set: func(c *protocol.Train) { c.PopulationStd = true }},
		{name: "gdpo", method: "grpo", combine: protocol.CombineGDPO},
		{name: "divergence in the reward", method: "grpo", set: func(c *protocol.Train) { c.KLInReward = true }},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := opened(t)
			config := settings(test.method, 2, 3)
			config.Groups = false
			if test.set != nil {
				test.set(config)
			}
			if test.combine != "" {
				config.Reward = config.Reward.Combined(test.combine)
			}
			c.must(protocol.Command{Type: protocol.CmdTrain, Train: config})
			spread := false
			for step := 1; step <= 3; step++ {
				for index := range config.Prompts {
					g := c.looked(protocol.Look{Step: step, Index: index})
					if g.Step != step || g.Index != index || g.Groups != config.Prompts || g.First != 1 || g.Last != 3 || len(g.Rewards) != config.Prompts*config.Group {
						t.Fatalf("group %d of step %d came as %+v", index, step, *g)
					}
					for i, want := range g.Advantages() {
						have := g.Completions[i].Advantage
						if math.Abs(have-want) > 1e-9 {
							t.Errorf("step %d, group %d, completion %d: trained with the advantage %g, the formula gives %g", step, index, i, have, want)
						}
						spread = spread || have != 0
					}
				}
			}
			if !spread {
				t.Error("every advantage is 0: the test shows nothing")
			}
		})
	}
}

// What a step did to its completions: their probability before it is what they were
// drawn with, and after it those above the mean have gained on those below.
func TestLookTellsWhatTheUpdateDid(t *testing.T) {
	c := opened(t)
	config := settings("grpo", 2, 3)
	config.Beta, config.Warmup, config.Groups, config.Sampling.TopP = 0, 0, false, 1
	c.must(protocol.Command{Type: protocol.CmdTrain, Train: config})
	gain, moved := 0.0, false
	for index := range config.Prompts {
		g := c.looked(protocol.Look{Index: index, Now: true})
		if g.Step != 3 || g.Now != 3 {
			t.Fatalf("the latest group is of step %d, measured after %d", g.Step, g.Now)
		}
		for _, done := range g.Completions {
			if len(done.Before) != len(done.Pieces) || len(done.Now) != len(done.Pieces) {
				t.Fatalf("%d tokens, %d log-probabilities before and %d now", len(done.Pieces), len(done.Before), len(done.Now))
			}
			for i := range done.Before {
				if math.Abs(done.Before[i]-done.LogProbs[i]) > 1e-4 { // nothing was cut off the vocabulary
					t.Errorf("token %d was drawn with %g, over the whole vocabulary %g", i, done.LogProbs[i], done.Before[i])
				}
				gain += done.Advantage * (done.Now[i] - done.Before[i]) / float64(len(done.Before))
				moved = moved || math.Abs(done.Now[i]-done.Before[i]) > 1e-3
			}
		}
	}
	if !moved || gain <= 0 {
		t.Errorf("the update gained %g, moved %v", gain, moved)
	}
	if g := c.looked(protocol.Look{Step: 1}); g.Now != 0 || g.Completions[0].Now != nil {
		t.Errorf("nobody asked for probabilities, and they were measured after step %d", g.Now)
	}
	if g := c.looked(protocol.Look{Step: 1, Now: true}); g.Step != 1 || g.Now != 3 {
		t.Errorf("a group of step 1 is of step %d, measured after %d", g.Step, g.Now)
	}
	for _, bad := range []struct {
		look protocol.Look
		want string
	}{
		{protocol.Look{Step: 4}, "from 1 to 3"}, {protocol.Look{Step: -1}, "from 1 to 3"},
		{protocol.Look{Index: 2}, "groups 0 to 1"}, {protocol.Look{Index: -1}, "groups 0 to 1"},
	} {
		if _, err := c.do(protocol.Command{Type: protocol.CmdGroup, Look: &bad.look}); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%+v gave %v, want %q", bad.look, err, bad.want)
		}
	}
}

// A long run keeps what it may and no more.
func TestOldGroupsAreLetGo(t *testing.T) {
	r := &run{}
	group := protocol.Group{Completions: make([]protocol.Completion, 100)}
	for step := 1; step <= 40; step++ {
		r.remember(step, &stepResult{groups: []protocol.Group{group, group}})
	}
	if n := len(r.history); n != 5 || r.history[0].step != 36 {
		t.Errorf("%d steps are kept, from %d; want 5 from 36", n, r.history[0].step)
	}
	group.Completions = make([]protocol.Completion, 5000)
	if r.remember(41, &stepResult{groups: []protocol.Group{group}}); len(r.history) != 1 || r.history[0].step != 41 {
		t.Errorf("a large step leaves %d", len(r.history))
	}
}

// A run of any method maps the same texts at the same steps, on axes that stay.
func TestRunMapsItsAnswers(t *testing.T) {
	for _, test := range []struct {
		method  string
		heldOut []task.Example
		kinds   string // of the points, by their first letters
	}{
		{"grpo", testHeldOut, "srosroso"}, {"sft", nil, "srosrosro"},
	} {
		t.Run(test.method, func(t *testing.T) {
			c := opened(t)
			c.must(protocol.Command{Type: protocol.CmdExamples, Examples: &protocol.Examples{Train: testTrain, HeldOut: test.heldOut,
				Tax: data.HeldTexts()}})
			config := settings(test.method, 2, 3)
			config.TaxEvery, config.Map, config.TaxScores = 2, true, 3
			var maps []*protocol.Map
			scores := 0
			for _, e := range c.must(protocol.Command{Type: protocol.CmdTrain, Train: config}) {
				if e.Type == protocol.EvMap {
					maps = append(maps, e.Map)
				}
				if e.Type == protocol.EvScores {
					scores++
				}
			}
			if want := min(3, 3*len(test.heldOut)); scores != want {
				t.Errorf("%d scores, want %d", scores, want)
			}
			if len(maps) != 3 || maps[0].Step != 0 || maps[1].Step != 2 || maps[2].Step != 3 {
				t.Fatalf("%d maps", len(maps))
			}
			for _, m := range maps {
				kinds := ""
				for i, p := range m.Points {
					kinds += p.Kind[:1]
					first := maps[0].Points[i]
					if p.Kind != protocol.PointOutput && p != first {
						t.Errorf("point %d moved from %+v to %+v", i, first, p)
					}
					if p.Kind == protocol.PointOutput && !(p.Cosine >= -1.001 && p.Cosine <= 1.001) {
						t.Errorf("the cosine of %q is %g", p.Text, p.Cosine)
					}
				}
				if kinds != test.kinds || m.Shares != maps[0].Shares {
					t.Errorf("step %d: kinds %s, shares %v; want %s, %v", m.Step, kinds, m.Shares, test.kinds, maps[0].Shares)
				}
			}
		})
	}
}
