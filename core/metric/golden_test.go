package metric

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"
)

// golden is testdata/golden.json, made by testdata/golden.py with sacreBLEU
// 2.6.0 and rouge_score 0.1.2.
type golden struct {
	Segments []struct{ Lang, Hyp, Ref string }
	Metrics  map[string]struct {
		Corpus    float64
		Signature string
		Sentence  []float64
	}
	Paired struct {
		A, B, Ref           []string
		Items               [][]int
		Delta, Low, High, P float64
	}
}

func readGolden(t *testing.T) (g golden, hyp, ref []string) {
	t.Helper()
	raw, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &g); err != nil {
		t.Fatal(err)
	}
	for _, s := range g.Segments {
		hyp, ref = append(hyp, s.Hyp), append(ref, s.Ref)
	}
	if len(hyp) != 300 {
		t.Fatalf("%d segments, want 300", len(hyp))
	}
	return g, hyp, ref
}

func TestGolden(t *testing.T) {
	g, hyp, ref := readGolden(t)
	const tolerance = 1e-6
	for name, m := range map[string]Metric{
		"bleu-none": BLEU{Tokenize: None}, "bleu-13a": BLEU{}, "bleu-zh": BLEU{Tokenize: Zh},
		"bleu-char": BLEU{Tokenize: Char}, "bleu-tsheg": BLEU{Tokenize: Tsheg},
		"chrf": PlainChrF, "chrf++": ChrFPlusPlus, "rouge-l": ROUGEL{Lang: "bo"},
	} {
		t.Run(name, func(t *testing.T) {
			want, ok := g.Metrics[name]
			if !ok {
				t.Fatal("not in the golden file")
			}
			score, err := Corpus(m, hyp, ref)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(score.Value-want.Corpus) > tolerance {
				t.Errorf("corpus %.9f, want %.9f", score.Value, want.Corpus)
			}
			for i := range hyp {
				if got := Sentence(m, hyp[i], ref[i]); math.Abs(got-want.Sentence[i]) > tolerance {
					t.Errorf("segment %d %q against %q: %.9f, want %.9f", i, hyp[i], ref[i], got, want.Sentence[i])
				}
			}
			if want.Signature == "" || name == "bleu-tsheg" {
				return
			}
			ours, _, _ := strings.Cut(score.Signature, "|version:")
			theirs, _, _ := strings.Cut(want.Signature, "|version:")
			if ours != theirs {
				t.Errorf("signature %s, want %s", ours, theirs)
			}
		})
	}
}

// TestPreSplit checks the tsheg tokenization against tokens split beforehand.
func TestPreSplit(t *testing.T) {
	g, hyp, ref := readGolden(t)
	var h, r []string
	for i := range hyp {
		h = append(h, strings.Join(Tsheg.Split(hyp[i]), " "))
		r = append(r, strings.Join(Tsheg.Split(ref[i]), " "))
	}
	score, err := Corpus(BLEU{Tokenize: None}, h, r)
	if err != nil {
		t.Fatal(err)
	}
	if want := g.Metrics["bleu-tsheg"].Corpus; math.Abs(score.Value-want) > 1e-6 {
		t.Errorf("%.9f, want %.9f", score.Value, want)
	}
}

// TestPairedGolden draws the segments that sacreBLEU's side drew.
func TestPairedGolden(t *testing.T) {
	g, _, _ := readGolden(t)
	want := g.Paired
	rowsA, err := Rows(ChrFPlusPlus, want.A, want.Ref)
	if err != nil {
		t.Fatal(err)
	}
	rowsB, err := Rows(ChrFPlusPlus, want.B, want.Ref)
	if err != nil {
		t.Fatal(err)
	}
	var drawn []float64
	for _, items := range want.Items {
		drawn = append(drawn, ChrFPlusPlus.Score(sumOf(rowsB, items))-ChrFPlusPlus.Score(sumOf(rowsA, items)))
	}
	got := paired(ChrFPlusPlus.Score(sum(rowsB))-ChrFPlusPlus.Score(sum(rowsA)), drawn)
	for name, v := range map[string][2]float64{
		"delta": {got.Delta.Value, want.Delta}, "low": {got.Delta.Low, want.Low},
		"high": {got.Delta.High, want.High}, "p": {got.P, want.P},
	} {
		if math.Abs(v[0]-v[1]) > 1e-6 {
			t.Errorf("%s %.9f, want %.9f", name, v[0], v[1])
		}
	}
}
