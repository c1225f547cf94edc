package model

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// Rotary position embedding (Su et al. 2021) in Hugging Face's layout: the first
// half of a head is rotated against the second. Its scalings follow transformers'
// modeling_rope_utils: linear, llama3 (Llama 3.1) and yarn (Peng et al. 2023).

// rope gives cosine and sine of every rotation for positions [batch, time]:
// float32 [batch, 1, time, head dim/2] each.
func (c *Config) rope(position *Node) (cos, sin *Node) {
	frequencies, scale := c.ropeFrequencies()
	values := make([]float32, len(frequencies))
	for i, f := range frequencies {
		values[i] = float32(f)
	}
	angle := Mul(InsertAxes(position, 1, -1), Reshape(Const(position.Graph(), values), 1, 1, 1, len(values)))
	return MulScalar(Cos(angle), scale), MulScalar(Sin(angle), scale)
}

// rotate turns x [batch, heads, time, head dim] by the angles of its positions.
func rotate(x, cos, sin *Node) *Node {
	half := x.Shape().Dimensions[3] / 2
	left := Slice(x, AxisRange(), AxisRange(), AxisRange(), AxisRange(0, half))
	right := Slice(x, AxisRange(), AxisRange(), AxisRange(), AxisRange(half))
	return Concatenate([]*Node{
		Sub(Mul(left, cos), Mul(right, sin)),
		Add(Mul(right, cos), Mul(left, sin)),
	}, -1)
}

// ropeFrequencies gives the head dim/2 angular frequencies, in radians a
// position, and the factor on cosine and sine (1 but for yarn).
func (c *Config) ropeFrequencies() (frequencies []float64, scale float64) {
	half := c.HeadDim / 2
	frequencies = make([]float64, half)
	for i := range frequencies {
		frequencies[i] = math.Pow(c.RopeTheta, -float64(2*i)/float64(c.HeadDim))
	}
	if c.RopeScaling == nil {
		return frequencies, 1
	}
	switch s := c.RopeScaling; s.Type {
	case "linear":
		for i := range frequencies {
			frequencies[i] /= s.Factor
		}
	case "llama3":
		for i, f := range frequencies {
			frequencies[i] = s.llama3(f)
		}
	case "yarn":
		return s.yarn(frequencies, c)
	}
	return frequencies, 1
}

// llama3 leaves short wavelengths alone, divides long ones by the factor and
// joins the two smoothly.
func (s *RopeScaling) llama3(frequency float64) float64 {
	wavelength := 2 * math.Pi / frequency
	original := float64(s.OriginalMaxPositions)
	low, high := original/s.LowFreqFactor, original/s.HighFreqFactor
	switch {
	case wavelength < high:
		return frequency
	case wavelength > low:
		return frequency / s.Factor
	}
	smooth := (original/wavelength - s.LowFreqFactor) / (s.HighFreqFactor - s.LowFreqFactor)
	return (1-smooth)*frequency/s.Factor + smooth*frequency
}

// yarn interpolates dimensions that turn less than BetaSlow times over the
// original context, keeps those that turn more than BetaFast times, and ramps
// in between; attention is sharpened by 0.1·ln(factor) + 1 unless the
// config says otherwise.
func (s *RopeScaling) yarn(frequencies []float64, c *Config) ([]float64, float64) {
	original := float64(s.OriginalMaxPositions)
	if original == 0 {
		original = float64(c.MaxPositions)
	}
	dimension := func(turns float64) float64 {
		return float64(c.HeadDim) * math.Log(original/(turns*2*math.Pi)) / (2 * math.Log(c.RopeTheta))
	}
	low := math.Max(math.Floor(dimension(s.BetaFast)), 0)
	high := math.Min(math.Ceil(dimension(s.BetaSlow)), float64(c.HeadDim-1))
	if low == high {
		high += 0.001
	}
	scaled := make([]float64, len(frequencies))
	for i, f := range frequencies {
		ramp := math.Min(math.Max((float64(i)-low)/(high-low), 0), 1)
		scaled[i] = f/s.Factor*ramp + f*(1-ramp)
	}
	if s.AttentionFactor > 0 {
		return scaled, s.AttentionFactor
	}
	return scaled, 0.1*math.Log(s.Factor) + 1
}
