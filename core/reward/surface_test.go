package reward

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
)

// Surface rewards equal those of sacreBLEU 2.6.0 and rouge_score 0.1.2
// (testdata/golden.py), and count for nothing in the wrong language or without a
// reference.
func TestSurfaceGolden(t *testing.T) {
	raw, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Lang, Output, Reference string
		ChrF, BLEU, ROUGE       float64
	}
	if err := json.Unmarshal(raw, &rows); err != nil {
		t.Fatal(err)
	}
	config := protocol.Reward{}.With(ChrF, 1).With(BLEU, 2).With(ROUGE, 3)
	s, err := New(nil, config)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		in := Input{Output: row.Output, Reference: row.Reference, Source: "x", SourceLang: "en", TargetLang: row.Lang, Finished: true}
		otherScript := in
		if otherScript.TargetLang = "zh"; row.Lang == "zh" {
			otherScript.TargetLang = "en"
		}
		otherScript.Reference = map[string]string{"zh": "打开文件", "en": "open the file"}[otherScript.TargetLang]
		unreferenced := in
		unreferenced.Reference = ""
		results, err := s.Score([]Input{in, otherScript, unreferenced})
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]float64{ChrF: row.ChrF, BLEU: 2 * row.BLEU, ROUGE: 3 * row.ROUGE} {
			if have := results[0].Terms[name]; math.Abs(have-want) > 1e-6 {
				t.Errorf("%q: %s is %.9f, want %.9f", row.Output, name, have, want)
			}
			if results[1].Terms[name] != 0 || results[2].Terms[name] != 0 {
				t.Errorf("%q: %s is %v in the wrong script and %v without a reference, want 0", row.Output, name, results[1].Terms[name], results[2].Terms[name])
			}
		}
	}
}
