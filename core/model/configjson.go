package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxConfig bounds a config.json, in bytes; real ones have a few thousand.
const maxConfig = 4 << 20

// fromFile is what config.json may say beside Config's own fields: newer and
// older names, and what is refused because it is not computed.
type fromFile struct {
	// transformers 5 keeps the rotary settings in rope_parameters, the type of the
	// weights in dtype.
	Rope    *ropeFields `json:"rope_parameters"`
	Scaling *ropeFields `json:"rope_scaling"`
	Theta   *float64    `json:"rope_theta"`
	DType   string      `json:"dtype"`
	Eps     *float64    `json:"rms_norm_eps"`
	Causal  *bool       `json:"is_causal"`

	Positions *int `json:"max_position_embeddings"`

	LayerTypes   []string      `json:"layer_types"`
	Partial      *float64      `json:"partial_rotary_factor"`
	Quantization *quantization `json:"quantization_config"`
}

// ropeFields is rope_parameters or rope_scaling.
type ropeFields struct {
	RopeScaling
	OldType   string   `json:"type"` // rope_type before transformers 4.43
	Theta     *float64 `json:"rope_theta"`
	Partial   *float64 `json:"partial_rotary_factor"`
	MScale    *float64 `json:"mscale"`
	MScaleAll *float64 `json:"mscale_all_dim"`
	Truncate  *bool    `json:"truncate"`
}

// ParseConfig reads and checks a config.json, as transformers 4 and 5 write it.
func ParseConfig(r io.Reader) (*Config, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxConfig+1))
	if err != nil {
		return nil, fmt.Errorf("config.json: %w", err)
	}
	if len(raw) > maxConfig {
		return nil, fmt.Errorf("config.json: more than %d bytes; it is no model configuration", maxConfig)
	}
	c, more := &Config{HiddenAct: "silu"}, fromFile{}
	for _, into := range []any{c, &more} {
		if err := json.Unmarshal(raw, into); err != nil {
			return nil, fmt.Errorf("config.json: %w", explainJSON(raw, err))
		}
	}
	if err := more.refuse(); err != nil {
		return nil, fmt.Errorf("config.json: %w", err)
	}
	c.take(&more)
	c.fill()
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return c, nil
}

// refuse names what a file asks for and the decoder does not compute.
func (f *fromFile) refuse() error {
	if f.Quantization != nil {
		if err := f.Quantization.check(); err != nil {
			return err
		}
	}
	for _, kind := range f.LayerTypes {
		if kind != "full_attention" {
			return fmt.Errorf("layer_types has %q; only full_attention is computed", kind)
		}
	}
	if f.Partial != nil && *f.Partial != 1 {
		return fmt.Errorf("partial_rotary_factor is %g; only 1 is computed", *f.Partial)
	}
	for _, rope := range []*ropeFields{f.Rope, f.Scaling} {
		switch {
		case rope == nil:
		case rope.Partial != nil && *rope.Partial != 1:
			return fmt.Errorf("partial_rotary_factor is %g; only 1 is computed", *rope.Partial)
		case rope.MScale != nil || rope.MScaleAll != nil:
			return errors.New("mscale and mscale_all_dim of the rotary scaling are not computed; give attention_factor")
		case rope.Truncate != nil && !*rope.Truncate:
			return errors.New("truncate is false in the rotary scaling; only true is computed")
		}
	}
	return nil
}

// take moves what stood under other names to Config's. As in transformers 5,
// rope_scaling goes before rope_parameters, and what these hold before rope_theta.
func (c *Config) take(f *fromFile) {
	c.RopeTheta = 10000 // transformers' default
	if f.Theta != nil {
		c.RopeTheta = *f.Theta
	}
	c.RopeScaling = nil
	for _, rope := range []*ropeFields{f.Rope, f.Scaling} {
		if rope == nil {
			continue
		}
		if rope.Theta != nil {
			c.RopeTheta = *rope.Theta
		}
		scaling := rope.RopeScaling
		if scaling.Type == "" {
			scaling.Type = rope.OldType
		}
		if scaling.Type != "" && scaling.Type != "default" {
			c.RopeScaling = &scaling
		}
	}
	if f.Eps == nil {
		c.RMSNormEps = kinds[c.ModelType].eps
	}
	if f.Positions == nil {
		c.MaxPositions = kinds[c.ModelType].positions
	}
	if c.HiddenAct == "swish" {
		c.HiddenAct = "silu" // two names of one function
	}
	if c.DType == "" {
		c.DType = f.DType
	}
	c.Bidirectional = f.Causal != nil && !*f.Causal
}

// fill sets what follows from other fields.
func (c *Config) fill() {
	if c.KVHeads == 0 {
		c.KVHeads = c.Heads
	}
	if c.HeadDim == 0 {
		c.HeadDim = kinds[c.ModelType].headDim
	}
	if c.HeadDim == 0 && c.Heads > 0 {
		c.HeadDim = c.HiddenSize / c.Heads
	}
	s := c.RopeScaling
	if s == nil {
		return
	}
	if s.OriginalMaxPositions == 0 && s.Type != "linear" {
		s.OriginalMaxPositions = c.MaxPositions
	}
	if s.Type != "yarn" {
		return
	}
	if s.Factor == 0 && s.OriginalMaxPositions > 0 {
		s.Factor = float64(c.MaxPositions) / float64(s.OriginalMaxPositions)
	}
	if s.BetaFast == 0 {
		s.BetaFast = 32
	}
	if s.BetaSlow == 0 {
		s.BetaSlow = 1
	}
}

// explainJSON adds the line, or names the field, to an error of encoding/json.
func explainJSON(raw []byte, err error) error {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		line := 1
		for _, b := range raw[:min(int(syntax.Offset), len(raw))] {
			if b == '\n' {
				line++
			}
		}
		return fmt.Errorf("line %d: %w; get the file again", line, err)
	case errors.As(err, &mismatch):
		return fmt.Errorf("%s is a JSON %s, not %s", mismatch.Field, mismatch.Value, mismatch.Type)
	}
	return err
}

// MarshalJSON writes a config.json that transformers 4 and 5 read: the rotary
// settings as rope_theta with rope_scaling and as rope_parameters, the type of
// the weights as torch_dtype and as dtype.
func (c *Config) MarshalJSON() ([]byte, error) {
	type plain Config
	type rope struct {
		*RopeScaling
		Theta float64 `json:"rope_theta"`
	}
	out := struct {
		*plain
		Rope   rope   `json:"rope_parameters"`
		DType  string `json:"dtype,omitempty"`
		Causal *bool  `json:"is_causal,omitempty"`
	}{plain: (*plain)(c), DType: c.DType}
	out.Rope = rope{RopeScaling: c.RopeScaling, Theta: c.RopeTheta}
	if c.RopeScaling == nil {
		out.Rope.RopeScaling = &RopeScaling{Type: "default"}
	}
	if c.Bidirectional {
		out.Causal = new(bool)
	}
	return json.Marshal(out)
}
