package reward

import (
	"fmt"
	"math"

	"github.com/dongyur/dongyur/core/protocol"
)

// Similarity is S1's term: how near an answer's meaning is to its reference's.
const Similarity = "similarity"

// What an answer's meaning is compared with: the parameter "anchor".
const (
	AnchorReference = "reference" // the source stands in where there is none
	AnchorSource    = "source"    // always the source, for prompts without labels
)

var _ = Register(Term{
	Name: Similarity, Title: protocol.Text{En: "Similarity", Zh: "相似度"}, Paper: "arXiv 2605.14366", Tint: 1, Weight: 1.5, Most: 1, Embeds: true,
	Help: protocol.Text{
		En: "What an answer earns for its meaning: the cosine of its embedding and the reference’s, under a small sentence encoder, counted above the threshold τ. This is the weight of that term.",
		Zh: "回答因意义而得的奖励：小型句子编码器下，回答与参考的嵌入之余弦，高于阈值 τ 才计入。此为该项的权重。"},
	Parameters: []protocol.Setting{
		{Key: "tau", Path: "tau", Kind: protocol.Number, Most: 0.99, By: "0.05", Unset: 0.2, Place: "rewards", Paper: "arXiv 2605.14366",
			Title: protocol.Text{En: "Threshold τ", Zh: "阈值 τ"},
			Help: protocol.Text{En: "Similarity below τ earns nothing; above it the reward rises to 1. A high τ asks for nearness; too high, and no answer earns anything, so nothing is learned.",
				Zh: "低于 τ 的相似度没有奖励，高于则升至 1。τ 高则要求更接近；过高则没有回答得到奖励，也就学不到东西。"}},
		{Key: "anchor", Path: "anchor", Kind: protocol.Pick, Unset: AnchorReference, Paper: "arXiv 2605.14366",
			Title: protocol.Text{En: "Meaning is compared with", Zh: "意义与何者比较"},
			Help: protocol.Text{En: "The reference is the safer measure. The source works without references, and is easier to cheat: copying the source is perfectly similar to it.",
				Zh: "参考是较可靠的尺度。用原文则无需参考，但更易作弊：照抄原文与原文完全相似。"},
			Choices: []protocol.Choice{{Value: AnchorReference, Title: protocol.Text{En: "the reference", Zh: "参考"}}, {Value: AnchorSource, Title: protocol.Text{En: "the source", Zh: "原文"}}}},
	},
	Measure: func(e Encoder, answers []*Answer, v Values) ([]float64, error) { return cosines(e, answers, v) },
	Value: func(a *Answer, v Values) float64 {
		return a.gated(above(a.Found[Similarity], v.Number("tau")))
	},
	Explain: func(a *Answer, v Values, value float64) protocol.Text {
		tau, cosine := given(v.Number("tau")), places(a.Found[Similarity])
		other := protocol.Text{En: "the reference", Zh: "参考"}
		if a.Reference == "" || v.Word("anchor") == AnchorSource {
			other = protocol.Text{En: "the source", Zh: "原文"}
		}
		switch {
		case a.Empty:
			return protocol.Text{En: "It is empty, so it has no meaning to compare.", Zh: "它是空的，没有可比较的语义。"}
		case !a.Open:
			return protocol.Say("Only %s of it, against the reference’s own share, is in the script asked for: its meaning earns nothing.",
				"相对于参考自身的比例，它只有 %s 属于所要求的文字：语义不得分。", percent(a.Script))
		case value <= 0:
			return protocol.Say("Its cosine with %s is %s, below τ = %s, so it earns nothing for meaning.", "它与%s的余弦为 %s，低于 τ = %s，因此语义不得分。", other, cosine, tau)
		}
		return protocol.Say("Its cosine with %s is %s: (%s − τ) / (1 − τ) = %s with τ = %s, times the weight %s.",
			"它与%s的余弦为 %s：(%s − τ) / (1 − τ) = %s，其中 τ = %s，再乘以权重 %s。", other, cosine, cosine, places(value), tau, given(v.Weight()))
	},
})

// target is what an answer's meaning is compared with.
func target(a *Answer, v Values) string {
	if a.Reference == "" || v.Word("anchor") == AnchorSource {
		return a.Source
	}
	return a.Reference
}

// cosines embeds answers and targets, in one call a batch, and compares them; empty
// answers get 0. No rows are kept from batch to batch: beside other texts a text's last
// bits can differ, and a run that is resumed has kept none, so it would not make the
// same steps as one that was not stopped.
func cosines(e Encoder, answers []*Answer, v Values) ([]float64, error) {
	rows := map[string][]float32{}
	var texts []string
	ask := func(text string) {
		if _, ok := rows[text]; !ok {
			rows[text] = nil
			texts = append(texts, text)
		}
	}
	for _, a := range answers {
		if !a.Empty {
			ask(a.Output)
			ask(target(a, v))
		}
	}
	if len(texts) > 0 {
		embedded, err := embed(e, texts)
		if err != nil {
			return nil, err
		}
		for i, text := range texts {
			rows[text] = embedded[i]
		}
	}
	found := make([]float64, len(answers))
	for i, a := range answers {
		if a.Empty {
			continue
		}
		output, target := rows[a.Output], rows[target(a, v)]
		if len(output) != len(target) {
			return nil, fmt.Errorf("encoder gave rows of %d and %d numbers: they must have one length", len(output), len(target))
		}
		for j := range output {
			found[i] += float64(output[j]) * float64(target[j])
		}
	}
	return found, nil
}

// embed calls the encoder and checks what it gives.
func embed(e Encoder, texts []string) ([][]float32, error) {
	rows, err := e.Embed(texts)
	if err != nil {
		return nil, fmt.Errorf("embed %d texts: %w", len(texts), err)
	}
	if len(rows) != len(texts) {
		return nil, fmt.Errorf("encoder gave %d rows for %d texts", len(rows), len(texts))
	}
	for i, row := range rows {
		norm := 0.0
		for _, x := range row {
			norm += float64(x) * float64(x)
		}
		// A row of zeros is an encoder's way to say that it has nothing to go by.
		if norm != 0 && !(math.Abs(norm-1) < 1e-2) {
			return nil, fmt.Errorf("encoder gave a row of squared length %v for text %d: rows must be finite and L2-normalised", norm, i)
		}
	}
	return rows, nil
}
