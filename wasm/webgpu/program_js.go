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
	slots [][]slot // that each kernel binds of the run's buffers
	ids   js.Value // Int32Array of the run's buffers and where in them values begin
	bytes js.Value // the same as bytes
}

// slot is a buffer of the run as a kernel binds it.
type slot struct {
	number int
	write  bool
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
func (p *program) variant(donated map[int]int, apart bool) (v *variant, err error) {
	defer catch(&err)
	key := fmt.Sprint(donated, apart, p.target.adapter.KeptBytes)
	if v := p.variants[key]; v != nil {
		return v, nil
	}
	if err := p.target.tune(p.plan, donated); err != nil {
		return nil, err
	}
	a, err := assemble(p.plan, p.target.adapter, donated, apart)
	if err != nil {
		return nil, err
	}
	p.variants[key] = p.load(a)
	return p.variants[key], nil
}

// load hands an assembly to the shim, whose pipelines it starts to compile.
func (p *program) load(a *assembly) *variant {
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
	v := &variant{assembly: a}
	v.id = device.Call("program", words, constants, a.arena, names).Int()
	v.slots = a.slots()
	v.ids = js.Global().Get("Int32Array").New(2 * (len(p.plan.Inputs) + len(p.plan.Outputs) + len(a.slabs) + len(a.packings)))
	v.bytes = js.Global().Get("Uint8Array").New(v.ids.Get("buffer"))
	return v
}

// slots gives those of each kernel.
func (a *assembly) slots() [][]slot {
	var list [][]slot
	at := 0
	for i := range a.kernels {
		var slots []slot
		for j, b := range a.kernels[i].bindings {
			if number := int(a.words[at+6+3*j]); number >= 0 {
				slots = append(slots, slot{number, b.write})
			}
		}
		list, at = append(list, slots), at+6+3*len(a.kernels[i].bindings)
	}
	return list
}

func littleEndian(words []int32) []byte {
	out := make([]byte, 0, 4*len(words))
	for _, w := range words {
		out = append(out, byte(w), byte(w>>8), byte(w>>16), byte(w>>24))
	}
	return out
}

// Dispatches is how many kernels a run of the plan takes, in the choice of donations
// that takes the fewest so far; loops count once. Packed copies that outlive the run
// are there already.
func (p *program) Dispatches() int {
	least := 0
	for _, v := range p.variants {
		if n := v.own; least == 0 || n < least {
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
	v, err := p.variant(donated, repeated(inputs))
	if err != nil {
		return err
	}
	if err = p.run(v, inputs, outputs); t.short(err, v) {
		if v, err = p.variant(donated, repeated(inputs)); err == nil {
			err = p.run(v, inputs, outputs)
		}
	}
	return err
}

// run is Run with the kernels that it takes.
func (p *program) run(v *variant, inputs, outputs []ir.Memory) error {
	if err := p.compiled(v); err != nil {
		return err
	}
	held, err := p.target.copies.hold(v, inputs)
	if err != nil {
		return err
	}
	defer p.target.copies.release(held)
	at, err := p.place(v, inputs, outputs, held)
	if err != nil {
		return err
	}
	js.CopyBytesToJS(v.bytes, littleEndian(at.words()))
	p.pack(v, held)
	for _, m := range outputs {
		m.(*buffer).written()
	}
	return p.replay(v, at, v.flow)
}

// repeated says that the same memory is handed in twice.
func repeated(inputs []ir.Memory) bool {
	seen := map[ir.Memory]bool{}
	for _, m := range inputs {
		if seen[m] {
			return true
		}
		seen[m] = true
	}
	return false
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
func (p *program) replay(v *variant, at *placement, flow []segment) error {
	for _, s := range flow {
		switch {
		case s.loop != nil:
			if err := p.loop(v, at, s.loop); err != nil {
				return err
			}
		case s.branch != nil:
			holds, err := p.holds(at, s.branch.predicate)
			if err != nil {
				return err
			}
			side := s.branch.orElse
			if holds {
				side = s.branch.then
			}
			if err := p.replay(v, at, side); err != nil {
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
func (p *program) loop(v *variant, at *placement, l *loop) error {
	if err := p.replay(v, at, l.before); err != nil {
		return err
	}
	for rounds := 1; ; rounds = min(2*rounds, mostRounds) {
		if goes, err := p.holds(at, l.condition); err != nil || !goes {
			return err
		}
		for range rounds {
			if err := p.replay(v, at, l.body); err != nil {
				return err
			}
		}
	}
}

// holds reads a Bool scalar back.
func (p *program) holds(at *placement, where place) (bool, error) {
	id, offset := where.slot, where.offset
	if where.slot >= 0 {
		id, offset = int(at.ids[where.slot]), offset+int64(at.offsets[where.slot])
	}
	var word [4]byte
	err := p.target.read(id, offset, word[:])
	return word[0] != 0, err
}
