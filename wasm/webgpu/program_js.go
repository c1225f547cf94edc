//go:build js && wasm

package webgpu

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall/js"

	"github.com/dongyur/dongyur/wasm/ir"
)

// program is a plan on a device: an ir.Program.
type program struct {
	target *Target
	plan   *ir.Plan
	// variants are the plan's kernels for each choice of donated inputs that has come
	// up: an output that is written in an input's place is bound with it.
	variants map[string]*variant
}

// variant is an assembly that is with the shim.
type variant struct {
	*assembly
	id    int // of the shim's program
	ready bool
	ids   js.Value // Int32Array of the run's buffers
	bytes js.Value // the same as bytes
}

// Compile implements ir.Target. Kernels are written, and compiled, for the donations
// of the first Run: only then is it known what is bound together.
func (t *Target) Compile(plan *ir.Plan) (ir.Program, error) {
	if err := t.fault(); err != nil {
		return nil, err
	}
	return &program{target: t, plan: plan, variants: map[string]*variant{}}, nil
}

// variant finds or makes the kernels for a choice of donated inputs.
func (p *program) variant(donated map[int]int) (v *variant, err error) {
	defer catch(&err)
	key := fmt.Sprint(donated)
	if v := p.variants[key]; v != nil {
		return v, nil
	}
	a, err := assemble(p.plan, p.target.adapter, donated)
	if err != nil {
		return nil, err
	}
	device := p.target.device
	names := js.Global().Get("Array").New(len(a.kernels))
	at := 0
	for i := range a.kernels {
		k := &a.kernels[i]
		at = a.setPipeline(at, device.Call("pipeline", k.source, k.entry, k.signature(), k.name).Int())
		names.SetIndex(i, k.name)
	}
	constants := js.Global().Get("Uint8Array").New(len(a.constants))
	js.CopyBytesToJS(constants, a.constants)
	words := js.Global().Get("Int32Array").New(len(a.words))
	js.CopyBytesToJS(js.Global().Get("Uint8Array").New(words.Get("buffer")), littleEndian(a.words))
	v = &variant{assembly: a}
	v.id = device.Call("program", words, constants, a.arena, names).Int()
	v.ids = js.Global().Get("Int32Array").New(len(p.plan.Inputs) + len(p.plan.Outputs))
	v.bytes = js.Global().Get("Uint8Array").New(v.ids.Get("buffer"))
	p.variants[key] = v
	return v, nil
}

func littleEndian(words []int32) []byte {
	out := make([]byte, 0, 4*len(words))
	for _, w := range words {
		out = append(out, byte(w), byte(w>>8), byte(w>>16), byte(w>>24))
	}
	return out
}

// Dispatches is how many kernels a run of the plan takes, in the choice of donations
// that takes the fewest so far; loops count once.
func (p *program) Dispatches() int {
	least := 0
	for _, v := range p.variants {
		if n := len(v.kernels); least == 0 || n < least {
			least = n
		}
	}
	return least
}

// Free implements ir.Program.
func (p *program) Free() {
	for _, v := range p.variants {
		if !p.target.closed {
			p.target.device.Call("drop", v.id)
		}
	}
	p.variants = nil
}

// Run implements ir.Program.
func (p *program) Run(inputs, outputs []ir.Memory) (err error) {
	t := p.target
	t.mu.Lock()
	defer t.mu.Unlock()
	defer catch(&err)
	if err := t.fault(); err != nil {
		return err
	}
	donated := map[int]int{}
	for i, out := range p.plan.Outputs {
		if donor := p.plan.Values[out].Donor; donor >= 0 && inputs[slices.Index(p.plan.Inputs, donor)] == outputs[i] {
			donated[out] = donor
		}
	}
	v, err := p.variant(donated)
	if err != nil {
		return err
	}
	if err := p.compiled(v); err != nil {
		return err
	}
	ids := make([]int32, 0, len(inputs)+len(outputs))
	for _, m := range slices.Concat(inputs, outputs) {
		ids = append(ids, int32(m.(*buffer).id))
	}
	js.CopyBytesToJS(v.bytes, littleEndian(ids))
	return p.replay(v, ids, v.flow)
}

// compiled waits for the device's compiler the first time.
func (p *program) compiled(v *variant) error {
	if v.ready {
		return nil
	}
	wrong, err := await(p.target.device.Call("ready", v.id))
	if err != nil {
		return &DeviceError{err.Error()}
	}
	if fault := wrong.String(); fault != "" {
		if err := p.target.fault(); err != nil {
			return err
		}
		return v.refused(fault)
	}
	v.ready = true
	return nil
}

// refused explains what the shim reports as "kernel:line:message".
func (v *variant) refused(fault string) error {
	parts := strings.SplitN(fault, ":", 3)
	number, _ := strconv.Atoi(parts[0])
	k := v.kernels[number]
	err := &CompileError{Kernel: k.name, Message: parts[len(parts)-1]}
	if lines := strings.Split(k.source, "\n"); len(parts) == 3 {
		if line, _ := strconv.Atoi(parts[1]); line > 0 && line <= len(lines) {
			err.Line, err.Code = line, lines[line-1]
		}
	}
	return err
}

// mostRounds of a loop are queued before its condition is read back.
const mostRounds = 16

// replay runs segments in order.
func (p *program) replay(v *variant, ids []int32, flow []segment) error {
	for _, s := range flow {
		switch {
		case s.loop != nil:
			if err := p.loop(v, ids, s.loop); err != nil {
				return err
			}
		case s.branch != nil:
			holds, err := p.holds(ids, s.branch.predicate)
			if err != nil {
				return err
			}
			side := s.branch.orElse
			if holds {
				side = s.branch.then
			}
			if err := p.replay(v, ids, side); err != nil {
				return err
			}
		default:
			p.target.run.Invoke(v.id, v.ids, s.first, s.last)
		}
	}
	return nil
}

// loop queues ever more rounds between two looks at the condition: rounds too many
// change nothing.
func (p *program) loop(v *variant, ids []int32, l *loop) error {
	if err := p.replay(v, ids, l.before); err != nil {
		return err
	}
	for rounds := 1; ; rounds = min(2*rounds, mostRounds) {
		if goes, err := p.holds(ids, l.condition); err != nil || !goes {
			return err
		}
		for range rounds {
			if err := p.replay(v, ids, l.body); err != nil {
				return err
			}
		}
	}
}

// holds reads a Bool scalar back.
func (p *program) holds(ids []int32, at place) (bool, error) {
	id := at.slot
	if at.slot >= 0 {
		id = int(ids[at.slot])
	}
	var word [4]byte
	err := p.target.read(id, at.offset, word[:])
	return word[0] != 0, err
}
