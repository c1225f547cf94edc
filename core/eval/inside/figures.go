package inside

import (
	"math"
	"slices"
)

// Figures are one system's.
type Figures struct {
	Languages []string               `json:"languages"`
	Layers    int                    `json:"layers"`
	Active    map[string][][]float64 `json:"-"`     // P(gate > 0) by language, layer, neuron
	Heads     map[string][][]float64 `json:"heads"` // importance by language, layer, head
	Shared    []Shared               `json:"shared"`
}

// Shared is MEXA's score of two languages by layer: the share of sentences that are
// nearer to their translation than either is to any other sentence.
type Shared struct {
	A       string    `json:"a"`
	B       string    `json:"b"`
	ByLayer []float64 `json:"by_layer"`
}

// Thresholds are taken from the base model and hold for what is trained from it.
type Thresholds struct {
	Entropy float64            `json:"entropy"` // a specific neuron's entropy over languages is below, in nats
	Active  float64            `json:"active"`  // and it fires as often as this in some language
	Heads   map[string]float64 `json:"heads"`   // a head that a language leans on is above, by language
}

// The shares that the thresholds take of the base model: LAPE's of neurons and of
// activity, S3's of heads.
const (
	neuronShare    = 0.01
	activeQuantile = 0.95
	headQuantile   = 0.96
	// A head is specific if fewer languages lean on it than this, or than all.
	fewLanguages = 4
)

// Neuron is specific to some languages.
type Neuron struct {
	Layer     int      `json:"layer"`
	Index     int      `json:"index"`
	Entropy   float64  `json:"entropy"`
	Languages []string `json:"languages"`
}

// Head is one that few languages lean on.
type Head struct {
	Layer     int      `json:"layer"`
	Index     int      `json:"index"`
	Languages []string `json:"languages"`
}

// Thresholds fixes them on f. Of all its neurons, 1 % are below the entropy: none if
// it has fewer than a hundred.
func (f *Figures) Thresholds() Thresholds {
	t := Thresholds{Entropy: math.Inf(1), Heads: map[string]float64{}}
	var all []float64
	for _, code := range f.Languages {
		all = append(all, slices.Concat(f.Active[code]...)...)
		t.Heads[code] = quantile(slices.Concat(f.Heads[code]...), headQuantile)
	}
	t.Active = quantile(all, activeQuantile)
	var entropies []float64
	neurons := 0
	f.eachNeuron(func(_, _ int, most, entropy float64) {
		neurons++
		if most >= t.Active {
			entropies = append(entropies, entropy)
		}
	})
	slices.Sort(entropies)
	if k := int(neuronShare * float64(neurons)); k < len(entropies) {
		t.Entropy = entropies[k]
	}
	return t
}

// eachNeuron gives each neuron's highest activity in a language and the entropy of
// its activity over languages, in nats; a neuron that never fires has the highest.
func (f *Figures) eachNeuron(visit func(layer, index int, most, entropy float64)) {
	for layer := range f.Layers {
		for j := range f.Active[f.Languages[0]][layer] {
			var total, most float64
			for _, code := range f.Languages {
				p := f.Active[code][layer][j]
				total, most = total+p, max(most, p)
			}
			entropy := math.Log(float64(len(f.Languages)))
			if total > 0 {
				entropy = 0
				for _, code := range f.Languages {
					if p := f.Active[code][layer][j] / total; p > 0 {
						entropy -= p * math.Log(p)
					}
				}
			}
			visit(layer, j, most, entropy)
		}
	}
}

// Neurons are those specific to the languages in which they fire as often as the
// threshold asks.
func (f *Figures) Neurons(t Thresholds) []Neuron {
	var list []Neuron
	f.eachNeuron(func(layer, index int, most, entropy float64) {
		if most < t.Active || entropy >= t.Entropy {
			return
		}
		n := Neuron{Layer: layer, Index: index, Entropy: entropy}
		for _, code := range f.Languages {
			if f.Active[code][layer][index] >= t.Active {
				n.Languages = append(n.Languages, code)
			}
		}
		list = append(list, n)
	})
	return list
}

// SpecificHeads are those that some languages lean on, but fewer than four and not
// all.
func (f *Figures) SpecificHeads(t Thresholds) []Head {
	var list []Head
	for layer := range f.Layers {
		for index := range f.Heads[f.Languages[0]][layer] {
			h := Head{Layer: layer, Index: index}
			for _, code := range f.Languages {
				if f.Heads[code][layer][index] > t.Heads[code] {
					h.Languages = append(h.Languages, code)
				}
			}
			if n := len(h.Languages); n > 0 && n < min(fewLanguages, len(f.Languages)) {
				list = append(list, h)
			}
		}
	}
	return list
}

// quantile interpolates between the two nearest of at least one value, as numpy does.
func quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	low := int(at)
	if low == len(sorted)-1 {
		return sorted[low]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

// mexa is the share of rows of a that are nearer, by cosine, to the same row of b
// than either is to any other row of the other side.
func mexa(a, b [][]float32) float64 {
	cosine := func(x, y []float32) float64 {
		var dot, xx, yy float64
		for i := range x {
			dot += float64(x[i]) * float64(y[i])
			xx += float64(x[i]) * float64(x[i])
			yy += float64(y[i]) * float64(y[i])
		}
		return dot / math.Sqrt(xx*yy)
	}
	right := 0
	for i := range a {
		own := cosine(a[i], b[i])
		nearest := true
		for j := range a {
			if j != i && (cosine(a[i], b[j]) >= own || cosine(a[j], b[i]) >= own) {
				nearest = false
				break
			}
		}
		if nearest {
			right++
		}
	}
	return float64(right) / float64(len(a))
}
