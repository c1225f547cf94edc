package reward

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
)

func TestReadConfig(t *testing.T) {
	half := Filled(protocol.Reward{}.With(Similarity, 1.5).WithParameter(Similarity, "anchor", "source").
		With(Length, 0.5).WithParameter(Length, "free", 2.0).Combined(protocol.CombineGDPO))
	for _, test := range []struct {
		name, content string
		want          protocol.Reward
	}{
		{"what is left out", `{"similarity": {"weight": 1.5, "anchor": "source"}, "length": {"weight": 0.5, "free": 2}, "combine": "gdpo"}`, half},
		{"S1", `{"similarity": {"weight": 1.5}, "language": {"weight": 1}, "length": {"weight": 0.5}, "repetition": {"weight": 0.5}, "copy": {"weight": 0.5}, "kept": {"weight": 0.5}}`, Default()},
	} {
		if have, err := ReadConfig("r.json", []byte(test.content)); err != nil || !have.Equal(test.want) {
			t.Errorf("%s: %+v, %v, want %+v", test.name, have, err, test.want)
		}
	}
	// What is written reads as it was, also within a run's settings.
	encoded, err := json.Marshal(protocol.Train{Reward: half})
	if err != nil {
		t.Fatal(err)
	}
	var back protocol.Train
	if err := json.Unmarshal(encoded, &back); err != nil || !back.Reward.Equal(half) {
		t.Errorf("read back: %+v, %v", back.Reward, err)
	}
}

func TestReadConfigErrors(t *testing.T) {
	for _, test := range []struct {
		content string
		want    []string
	}{
		{"{\n\"similarity\": {\"weight\": 1,\n  \"taw\": 2}}", []string{"r.json: line 3", `similarity has no field "taw"`, "anchor, tau, weight"}},
		{"{\n\n\"smell\": {}}", []string{"line 3", `a reward has no field "smell"`, "bleu", "similarity"}},
		{"{\"language\":\n{\"weight\": \"much\"}}", []string{"line 2", "language.weight is much", "must be a number"}},
		{"{\"repetition\":\n\n{\"weight\": 1, \"ngram\": 1.5}}", []string{"line 3", "whole number"}},
		{"{\"similarity\": 1.5}", []string{"line 1", "similarity is an object"}},
		{"{\n\"similarity\": {\"weight\": 1,}}", []string{"line 2", "not JSON"}},
		{"", []string{"line 1", "not JSON"}},
		{"[]", []string{"line 1", "is an object"}},
		{"null", []string{"is an object"}},
		{"{}", []string{"r.json", "all reward weights are 0"}},
		{`{"length": {"weight": -1}}`, []string{"length.weight", "not -1"}},
		{`{"length": {"weight": 1, "full": 1}}`, []string{"free 2.5 and full 1"}},
		{`{"language": {"weight": 1}} {}`, []string{"not JSON"}},
	} {
		_, err := ReadConfig("r.json", []byte(test.content))
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: error %v, want one with %q", test.content, err, want)
			}
		}
	}
}

// Whatever a file holds, reading it gives a reward that can be used, or an error.
func FuzzReadConfig(f *testing.F) {
	for _, seed := range []string{`{}`, `{"similarity": {"weight": 1}}`, `{"a": [1, {"b": 2}]}`, "{\n\"language\": {\"gate\": 1e400}}", `{"copy": null}`, "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		config, err := ReadConfig("f", content)
		if err != nil {
			return
		}
		s, err := New(Hashed{}, config)
		if err != nil {
			t.Fatalf("%q was read, and New says: %v", content, err)
		}
		if _, err := s.Score([]Input{{Output: "a", Reference: "b", TargetLang: "en"}, {TargetLang: "en"}}); err != nil {
			t.Fatal(err)
		}
	})
}

// A source-anchored answer is compared with its source though it has a reference.
func TestSourceAnchor(t *testing.T) {
	encoder := &toward{cosine: map[string]float64{"东": 1, "西": 0.6, "南": 0.2}}
	in := Input{Source: "东", Reference: "南", Output: "西", SourceLang: "zh", TargetLang: "zh", Finished: true}
	// The angles of .6 to 1 and of .6 to .2 (both in one plane): cos(a-b).
	for anchor, cosine := range map[string]float64{AnchorSource: 0.6, AnchorReference: 0.6*0.2 + 0.8*0.9797958971132712} {
		s, err := New(encoder, protocol.Reward{}.With(Similarity, 1).WithParameter(Similarity, "anchor", anchor))
		if err != nil {
			t.Fatal(err)
		}
		results, err := s.Score([]Input{in})
		if err != nil {
			t.Fatal(err)
		}
		if have, want := results[0].Total, (cosine-0.2)/0.8; have < want-1e-6 || have > want+1e-6 {
			t.Errorf("%s: %v, want %v", anchor, have, want)
		}
	}
}

// With its gate open, an echo of the source earns its similarity: S1's ablation.
func TestGateOpens(t *testing.T) {
	encoder := &toward{cosine: map[string]float64{"abc": 1, "西藏": 1}}
	in := Input{Source: "abc", Reference: "西藏", Output: "abc", SourceLang: "en", TargetLang: "zh", Finished: true}
	for gate, want := range map[float64]float64{0.5: 0, 0: 1} {
		s, err := New(encoder, protocol.Reward{}.With(Similarity, 1).WithParameter(Language, gateName, gate))
		if err != nil {
			t.Fatal(err)
		}
		if results, err := s.Score([]Input{in}); err != nil || results[0].Total != want {
			t.Errorf("gate %v: %v, %v, want %v", gate, results, err, want)
		}
	}
	s, err := New(encoder, protocol.Reward{}.With(Similarity, 2))
	if err != nil {
		t.Fatal(err)
	}
	if weights := s.Weights(); weights[Similarity] != 2 || weights[Empty] != 1 || len(weights) != 2 {
		t.Errorf("weights %v", weights)
	}
}
