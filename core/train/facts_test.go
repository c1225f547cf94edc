package train

import (
	"context"
	"reflect"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/rollout"
	"github.com/dongyur/dongyur/core/task"
)

func TestTogether(t *testing.T) {
	examples := []task.Example{{Fact: "a"}, {}, {Fact: "b"}, {Fact: "a"}, {}, {Fact: "b"}, {Fact: "a"}}
	units := together(examples)
	if want := [][]int{{0, 3, 6}, {1}, {2, 5}, {4}}; !reflect.DeepEqual(units, want) {
		t.Errorf("units %v, want %v", units, want)
	}
	if most := largest(units); most != 3 {
		t.Errorf("the largest has %d", most)
	}
}

// A step takes a fact in all its languages; reward and advantage of one sample are
// the same in each, and the update is GRPO's.
func TestFactStep(t *testing.T) {
	var examples []task.Example
	for _, fact := range []string{"one", "two", "three"} {
		for _, lang := range []string{"en", "zh", "bo"} {
			examples = append(examples, task.Example{ID: fact + "|" + lang, Task: "fact", Fact: fact, Source: fact, Reference: "e",
				SourceLang: lang, TargetLang: lang})
		}
	}
	config := protocol.Reward{}.With(reward.Consistency, 1)
	scorer, err := reward.New(nil, config)
	if err != nil {
		t.Fatal(err)
	}
	policy := newPolicy(t, 2)
	settings := trainerConfig(6, 1, 0)
	settings.Group = 6
	sampler := rollout.New(policy, newTokenizer(t), rollout.Options{})
	t.Cleanup(sampler.Finalize)
	s, err := NewGroupTrainer(policy, newTokenizer(t), scorer, sampler, examples, settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Finalize)
	spread := false
	for number := 1; number <= 3; number++ {
		step, err := s.Step(context.Background(), number)
		if err != nil {
			t.Fatal(err)
		}
		if len(step.Groups) != 3*settings.Prompts {
			t.Fatalf("%d groups, want %d facts in 3 languages", len(step.Groups), settings.Prompts)
		}
		for first := 0; first < len(step.Groups); first += 3 {
			for language := range 3 {
				group := step.Groups[first+language]
				if group.Example.Fact != step.Groups[first].Example.Fact || len(group.Completions) != settings.Group {
					t.Fatalf("group %d is of fact %q with %d completions", first+language, group.Example.Fact, len(group.Completions))
				}
				for i, c := range group.Completions {
					shared := step.Groups[first].Completions[i]
					if c.Reward != shared.Reward || c.Advantage != shared.Advantage || c.Terms[reward.Consistency] != c.Reward {
						t.Errorf("sample %d: reward %g and advantage %g, in the first language %g and %g", i, c.Reward, c.Advantage, shared.Reward, shared.Advantage)
					}
					spread = spread || c.Advantage != 0
				}
			}
		}
	}
	if !spread {
		t.Error("no group had a spread: nothing was compared")
	}
}
