package reward

import (
	"math"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/grammar"
	"github.com/dongyur/dongyur/core/protocol"
)

// The term gives all its weight to what means the same, its share of slots to another
// meaning, less to words without a sentence, and nothing where there is no meaning.
func TestMeaning(t *testing.T) {
	s, err := New(nil, protocol.Reward{}.With(Meaning, 2))
	if err != nil {
		t.Fatal(err)
	}
	const meaning = "Trade(v=buy, what=Number(count=num_3, n=apple))"
	m := "Do(who=Named(n=tashi), act=" + meaning + ", when=yesterday, tense=past, polarity=yes)"
	if parsed, err := grammar.ParseMeaning(m); err != nil || !grammar.Everyday().Knows(parsed) {
		t.Fatalf("%s is no meaning: %v", m, err)
	}
	value := func(meaning, output string) float64 {
		results, err := s.Score([]Input{{Source: "昨天扎西买了三个苹果。", Reference: "Tashi bought three apples yesterday.", Output: output, SourceLang: "zh", TargetLang: "en", Finished: true, Meaning: meaning}})
		if err != nil {
			t.Fatal(err)
		}
		return results[0].Terms[Meaning]
	}
	if got := value(m, "Yesterday, Tashi bought three apples."); got != 2 {
		t.Errorf("another wording of the meaning earns %v, want 2", got)
	}
	wrong := value(m, "Tashi did not buy three apples yesterday.")
	if wrong <= 0 || wrong >= 1 {
		t.Errorf("a denied meaning earns %v, want between 0 and 1", wrong)
	}
	if got := value(m, "apples three Tashi bought yesterday three"); got <= 0 || got >= wrong {
		t.Errorf("words without a sentence earn %v, want more than 0 and less than %v", got, wrong)
	}
	for _, nothing := range []float64{value("", "Tashi bought three apples yesterday."), value("Nothing(of=this)", "Tashi bought three apples yesterday."), value(m, "zzz")} {
		if nothing != 0 {
			t.Errorf("nothing to judge earns %v", nothing)
		}
	}
}

// A headline that is a piece of its text earns nothing, however right it is.
func TestMeaningOfHeadlines(t *testing.T) {
	stories, err := grammar.News().Stories(1, 30, grammar.Filter{Split: grammar.Train})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(nil, protocol.Reward{}.With(Meaning, 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, story := range stories {
		input := func(output string) Input {
			return Input{Task: "headline", Source: story.Texts["en"], Reference: story.Headlines["en"], Output: output, SourceLang: "en", TargetLang: "en", Finished: true, Meaning: story.Report.String()}
		}
		body := strings.Fields(story.Texts["en"])
		results, err := s.Score([]Input{input(story.Headlines["en"]), input(strings.Join(body[:min(8, len(body))], " "))})
		if err != nil {
			t.Fatal(err)
		}
		if right := results[0].Terms[Meaning]; math.Abs(right-1) > 1e-9 {
			t.Errorf("%q earns %v, want 1", story.Headlines["en"], right)
		}
		if copied := results[1].Terms[Meaning]; copied != 0 {
			t.Errorf("a piece of the text earns %v", copied)
		}
	}
}
