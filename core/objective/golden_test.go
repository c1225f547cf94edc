package objective

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/core/engine"
)

// goldens is testdata/goldens.json; goldens.py says what made it.
type goldens struct {
	MadeBy    string      `json:"made_by"`
	MaxLength int         `json:"max_length"`
	LogP      [][]float64 `json:"logp"`
	Old       [][]float64 `json:"old"`
	Ref       [][]float64 `json:"ref"`
	Mask      [][]float64 `json:"mask"`
	Weight    [][]float64 `json:"weight"`
	Entropy   [][]float64 `json:"entropy"`
	Advantage []float64   `json:"advantage"`
	Cases     []struct {
		Name, By, Method string
		Low, High, Beta  float64
		KL               string
		Dual             float64
		Weighted         bool
		Bonus            float64
		Loss             *float64
		Grad             [][]float64
		Divergence       *float64
		ClipShare        *float64 `json:"clip_share"`
	} `json:"cases"`
	Rewards     [][]float64          `json:"rewards"` // of each completion, by term
	TermWeights []float64            `json:"term_weights"`
	Advantages  map[string][]float64 `json:"advantages"`
	CLO         []struct {
		Share, Sharpness            float64
		LogP, Reference, Mask, Grad [][]float64
		Tokens, Loss, SFT, Contrast float64
	} `json:"clo"`
	NLL map[string]struct {
		Mask []float64
		Loss float64
		Grad [][]float64
	} `json:"nll"`
	Logits   [][]float64 `json:"logits"`
	Targets  []int32     `json:"targets"`
	Upstream []float64   `json:"upstream"`
	Chosen   []struct {
		Temperature   float64
		LogP, Entropy []float64
		Grad          [][]float64
	} `json:"chosen"`
}

func readGoldens(t *testing.T) goldens {
	t.Helper()
	data, err := os.ReadFile("testdata/goldens.json")
	if err != nil {
		t.Fatal(err)
	}
	var g goldens
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func open(t *testing.T) compute.Backend {
	t.Helper()
	backend, err := engine.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(backend.Finalize)
	return backend
}

// run executes a graph function of float64 and int32 tensors and returns each
// output flattened, as float64.
func run(t *testing.T, backend compute.Backend, fn func(in []*Node) []*Node, args ...any) [][]float64 {
	t.Helper()
	outputs, err := CallOnceN(backend, fn, args...)
	if err != nil {
		t.Fatal(err)
	}
	flat := make([][]float64, len(outputs))
	for i, out := range outputs {
		out.ConstFlatData(func(data any) {
			switch data := data.(type) {
			case []float64:
				flat[i] = append(flat[i], data...)
			case []float32:
				for _, v := range data {
					flat[i] = append(flat[i], float64(v))
				}
			}
		})
	}
	return flat
}

func near(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tolerance*max(1, math.Abs(want[i]))) {
			t.Errorf("%s: number %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

func flatten(rows [][]float64) (flat []float64) {
	for _, row := range rows {
		flat = append(flat, row...)
	}
	return flat
}

// estimator turns a name in the goldens into a KL.
var estimator = map[string]KL{"k1": K1, "k2": K2, "k3": K3}

// batch are the tensors of a loss, in the order that inputs reads them.
func (g goldens) batch() []any {
	tokens := 0.0
	for _, m := range flatten(g.Mask) {
		tokens += m
	}
	return []any{g.LogP, g.Old, g.Ref, g.Mask, g.Weight, g.Advantage, float64(len(g.LogP)), tokens, g.Entropy}
}

// inputs converts the tensors of batch to a dtype.
func inputs(in []*Node, dtype dtypes.DType) GRPOInputs {
	for i := range in {
		in[i] = ConvertDType(in[i], dtype)
	}
	return GRPOInputs{LogP: in[0], Old: in[1], Reference: in[2], Mask: in[3], Weight: in[4], Advantage: in[5], Sequences: in[6], Tokens: in[7], Entropy: in[8]}
}

// Loss, gradient and figures are TRL's and torch's to 1e-6, in float32 as they
// run and to 1e-12 in float64.
func TestGRPOLossGoldens(t *testing.T) {
	backend, g := open(t), readGoldens(t)
	for _, c := range g.Cases {
		for _, precision := range []struct {
			dtype     dtypes.DType
			tolerance float64
		}{{dtypes.Float64, 1e-12}, {dtypes.Float32, 1e-6}} {
			t.Run(c.Name+" "+precision.dtype.String(), func(t *testing.T) {
				method, err := MethodNamed(c.Method)
				if err != nil {
					t.Fatal(err)
				}
				cfg := GRPOConfig{Method: method, ClipLow: c.Low, ClipHigh: c.High, Beta: c.Beta, KL: estimator[c.KL], DualClip: c.Dual, Entropy: c.Bonus, MaxLength: g.MaxLength}
				out := run(t, backend, func(in []*Node) []*Node {
					x := inputs(in, precision.dtype)
					if !c.Weighted {
						x.Weight = nil
					}
					loss, stats := GRPOLoss(x, cfg)
					return []*Node{loss, Gradient(loss, x.LogP)[0], stats.KL, stats.ClipShare}
				}, g.batch()...)
				if c.Loss != nil {
					near(t, "loss", out[0], []float64{*c.Loss}, precision.tolerance)
				}
				near(t, "gradient", out[1], flatten(c.Grad), precision.tolerance)
				if c.Divergence != nil {
					near(t, "KL", out[2], []float64{*c.Divergence}, precision.tolerance)
				}
				// TRL counts a sequence's clipping once and does not count dual clips.
				if c.ClipShare != nil && method.Level == nil && c.Dual == 0 {
					near(t, "clip share", out[3], []float64{*c.ClipShare}, precision.tolerance)
				}
			})
		}
	}
}

// Advantages are TRL's own to 1e-12.
func TestAdvantageGoldens(t *testing.T) {
	g := readGoldens(t)
	totals := make([]float64, len(g.Rewards))
	terms := make([]Term, len(g.TermWeights))
	for i, row := range g.Rewards {
		for k, value := range row {
			totals[i] += g.TermWeights[k] * value
			terms[k].Weight = g.TermWeights[k]
			terms[k].Values = append(terms[k].Values, value)
		}
	}
	for name, scale := range map[string]Scale{"group": ScaleGroup, "batch": ScaleBatch, "none": ScaleNone, "rloo": ScaleLeaveOneOut} {
		have, _, err := Advantages(totals, nil, 4, scale)
		if err != nil {
			t.Fatal(err)
		}
		near(t, name, have, g.Advantages[name], 1e-12)
	}
	have, _, err := DecoupledAdvantages(terms, nil, 4, ScaleGroup)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "gdpo", have, g.Advantages["gdpo"], 1e-12)
}

// CLO is the formula's in float64, loss and gradient, in float32 to 1e-6.
func TestCLOGoldens(t *testing.T) {
	backend, g := open(t), readGoldens(t)
	for _, c := range g.CLO {
		for _, precision := range []struct {
			dtype     dtypes.DType
			tolerance float64
		}{{dtypes.Float64, 1e-12}, {dtypes.Float32, 1e-6}} {
			out := run(t, backend, func(in []*Node) []*Node {
				for i := range in {
					in[i] = ConvertDType(in[i], precision.dtype)
				}
				loss, stats := CLOLoss(CLOInputs{LogP: in[0], Reference: in[1], Mask: in[2], Pairs: in[3], Tokens: in[4]},
					CLOConfig{SFTShare: c.Share, Sharpness: c.Sharpness})
				return []*Node{loss, stats.SFT, stats.Contrast, Gradient(loss, in[0])[0]}
			}, c.LogP, c.Reference, c.Mask, 3.0, c.Tokens)
			for i, want := range []float64{c.Loss, c.SFT, c.Contrast} {
				near(t, []string{"loss", "sft", "contrast"}[i], out[i], []float64{want}, precision.tolerance)
			}
			near(t, "gradient", out[3], flatten(c.Grad), precision.tolerance)
		}
	}
}

// SFT's and CPT's loss is torch's cross-entropy, by logit too, in blocks or not.
func TestSFTGoldens(t *testing.T) {
	backend, g := open(t), readGoldens(t)
	for name, c := range g.NLL {
		tokens := 0.0
		for _, m := range c.Mask {
			tokens += m
		}
		for _, precision := range []struct {
			dtype     dtypes.DType
			tolerance float64
		}{{dtypes.Float64, 1e-12}, {dtypes.Float32, 1e-6}} {
			for _, chunk := range []int{0, 4} {
				out := run(t, backend, func(in []*Node) []*Node {
					logits, mask, tokens := ConvertDType(in[0], precision.dtype), ConvertDType(in[2], precision.dtype), ConvertDType(in[3], precision.dtype)
					logp, _ := ChosenLogProbs(func(h *Node) *Node { return h }, logits, in[1], LogProbOptions{Chunk: chunk})
					loss := SFTLoss(logp, mask, tokens)
					return []*Node{loss, Gradient(loss, logits)[0]}
				}, g.Logits, g.Targets, c.Mask, tokens)
				near(t, name, out[0], []float64{c.Loss}, precision.tolerance)
				near(t, name+" gradient", out[1], flatten(c.Grad), precision.tolerance)
			}
		}
	}
}

func TestChosenLogProbsGoldens(t *testing.T) {
	backend, g := open(t), readGoldens(t)
	head := func(logits *Node) *Node { return logits }
	for _, c := range g.Chosen {
		for _, chunk := range []int{0, 1, 4, 11, 100} {
			out := run(t, backend, func(in []*Node) []*Node {
				logits, targets, upstream := in[0], in[1], in[2]
				logp, entropy := ChosenLogProbs(head, logits, targets, LogProbOptions{Temperature: c.Temperature, Chunk: chunk})
				// The entropy is for reports: adding it must not change the gradient.
				scalar := Add(ReduceAllSum(Mul(logp, upstream)), ReduceAllSum(entropy))
				return []*Node{logp, entropy, Gradient(scalar, logits)[0]}
			}, g.Logits, g.Targets, g.Upstream)
			near(t, "log-probability", out[0], c.LogP, 1e-12)
			near(t, "entropy", out[1], c.Entropy, 1e-12)
			near(t, "gradient", out[2], flatten(c.Grad), 1e-12)
		}
	}
}
