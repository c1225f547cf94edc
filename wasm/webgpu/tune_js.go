//go:build js && wasm

package webgpu

import (
	"errors"
	"math/rand/v2"
	"slices"
	"syscall/js"
	"time"

	"github.com/dongyur/dongyur/wasm/ir"
)

// tuner is what a device measures of its products.
type tuner struct {
	limit, spent time.Duration // limit is 0 where nothing is measured
	keep         func(data Tuning)
}

// Tune has the device measure, before a plan runs for the first time, the products of
// it that are large and were not measured yet, for limit in all: what has begun then is
// finished. Plans that have run keep their kernels. It makes first runs slower, by
// seconds on adapters in software, where compiling is slow.
func (t *Target) Tune(limit time.Duration) { t.tuner.limit, t.tuner.spent = limit, 0 }

// Tuning is what has been measured, also what was given to SetTuning.
func (t *Target) Tuning() Tuning { return t.adapter.tuning() }

// SetTuning takes over the JSON of a Tuning of the same adapter. It refuses what is
// damaged or was measured elsewhere, and then changes nothing.
func (t *Target) SetTuning(data []byte) error { return t.adapter.setTuning(data) }

// remembered is what devices that are opened do by themselves: see RememberTuning.
var remembered struct {
	limit time.Duration
	read  func() ([]byte, error)
	write func(Tuning)
}

// RememberTuning has every device that is opened from now on tune for limit, and go on
// from what read gives; write gets all there is whenever more was measured. What is
// read and is damaged or of another adapter is as good as nothing. Adapters in software
// do not tune: compiling the kernels to choose from would cost them more than is gained.
func RememberTuning(limit time.Duration, read func() ([]byte, error), write func(Tuning)) {
	remembered.limit, remembered.read, remembered.write = limit, read, write
}

// recall gives a new device what was remembered.
func (t *Target) recall() {
	if remembered.limit == 0 || t.adapter.Software {
		return
	}
	t.Tune(remembered.limit)
	t.tuner.keep = remembered.write
	if data, err := remembered.read(); err == nil {
		_ = t.SetTuning(data) // else all is measured again
	}
}

// tune measures a plan's products. A product that cannot be measured, for lack of memory
// or because a driver refuses a kernel, keeps its rule; a device that is lost is an error.
func (t *Target) tune(plan *ir.Plan, donated map[int]int) error {
	if t.tuner.spent >= t.tuner.limit {
		return nil
	}
	found := false
	for _, s := range samples(plan, t.adapter, donated) {
		if t.tuner.spent >= t.tuner.limit {
			break
		}
		start := time.Now()
		tuned, err := t.measure(plan, s)
		t.tuner.spent += time.Since(start)
		if lost := (*LostError)(nil); errors.As(err, &lost) {
			return err
		}
		if err == nil {
			t.adapter.learn(tuned)
			found = true
		}
	}
	if found && t.tuner.keep != nil {
		t.tuner.keep(t.Tuning())
	}
	return nil
}

// measurement is one product at work in each of its tilings.
type measurement struct {
	*sample
	target          *Target
	program         program
	inputs, outputs []ir.Memory
	compare         *program // of two outputs, row by row
	trials          []*trial
}

// trial is one tiling of it.
type trial struct {
	tiling  dotTiling
	variant *variant
	held    []*packedCopy
	numbers js.Value      // of the kernels
	least   time.Duration // that a run took so far
}

// measure times the tilings of a product.
func (t *Target) measure(plan *ir.Plan, s *sample) (tuned TunedProduct, err error) {
	defer catch(&err)
	m := &measurement{sample: s, target: t, program: program{target: t, plan: alone(plan, s.dot)}}
	defer m.free()
	profiling := t.device.Get("profiling") // of the work that the product is for
	t.device.Set("profiling", nil)
	defer t.device.Set("profiling", profiling)
	if err := m.fill(); err != nil {
		return tuned, err
	}
	if err := m.compile(s.tilings); err != nil {
		return tuned, err
	}
	if err := m.time(); err != nil {
		return tuned, err
	}
	times := make([]time.Duration, len(m.trials))
	tilings := make([]dotTiling, len(m.trials))
	for i, one := range m.trials {
		times[i], tilings[i] = one.least, one.tiling
	}
	return newTunedProduct(s.shape, tilings, times)
}

// noiseCount is how many numbers are made at random for a value and then repeated: a
// prime, so that rows differ.
const noiseCount = 65521

// fill makes the product's inputs and two outputs: the rule's, and the one to compare.
func (m *measurement) fill() error {
	random := rand.New(rand.NewPCG(1, 2))
	plan := m.program.plan
	add := func(value int) (ir.Memory, error) {
		shape := plan.Values[value].Shape
		memory, err := m.target.Allocate(int64(shape.ByteSize()))
		if err != nil {
			return nil, err
		}
		data := make([]byte, min(noiseCount, shape.Size())*shape.DType.Size())
		noise(data, shape.DType, random)
		for at := int64(0); at < memory.Size(); at += int64(len(data)) {
			part := data[:min(int64(len(data)), memory.Size()-at)]
			m.target.upload(memory.(*buffer).id, at, part)
		}
		return memory, nil
	}
	for i, value := range append(slices.Clone(plan.Inputs), plan.Outputs[0], plan.Outputs[0]) {
		memory, err := add(value)
		if err != nil {
			return err
		}
		if i < len(plan.Inputs) {
			m.inputs = append(m.inputs, memory)
		} else {
			m.outputs = append(m.outputs, memory)
		}
	}
	return nil
}

// free ends all that was made.
func (m *measurement) free() {
	for _, one := range m.trials {
		if one != nil {
			m.drop(one)
		}
	}
	if m.compare != nil {
		m.compare.Free()
	}
	for _, memory := range append(m.inputs, m.outputs...) {
		memory.Free()
	}
}

// compile makes the kernels of tilings, all at the same time, and runs each once. What a
// driver refuses is left out, and what gives other bits than the first, the rule's.
func (m *measurement) compile(tilings []dotTiling) error {
	for _, tiling := range tilings {
		if err := m.add(tiling); err != nil {
			return err
		}
	}
	var good []*trial
	for i, one := range m.trials {
		same, err := m.try(one, i == 0)
		if err != nil && (i == 0 || m.target.fault() != nil) {
			return err
		}
		if same {
			good = append(good, one)
		} else {
			m.drop(one)
			m.trials[i] = nil
		}
	}
	m.trials = good
	return nil
}

// add starts to compile a tiling.
func (m *measurement) add(tiling dotTiling) error {
	adapter := *m.target.adapter
	adapter.tiling = &tiling
	a, err := assemble(m.program.plan, &adapter, nil, false)
	if err != nil {
		return err
	}
	one := &trial{tiling: tiling, variant: m.program.load(a), numbers: js.Global().Get("Array").New()}
	for _, n := range m.kernels(m.program.plan, a) {
		one.numbers.Call("push", n)
	}
	m.trials = append(m.trials, one)
	return nil
}

// try runs a tiling, and says whether its result has the bits of the first one's.
func (m *measurement) try(one *trial, first bool) (same bool, err error) {
	if err := m.program.compiled(one.variant); err != nil {
		return false, err
	}
	if one.held, err = m.target.copies.hold(one.variant, m.inputs); err != nil {
		return false, err
	}
	if first {
		return true, m.program.run(one.variant, m.inputs, m.outputs[:1])
	}
	if err := m.program.run(one.variant, m.inputs, m.outputs[1:]); err != nil {
		return false, err
	}
	return m.same()
}

// drop ends a trial.
func (m *measurement) drop(one *trial) {
	m.target.copies.release(one.held)
	if !m.target.closed {
		m.target.device.Call("drop", one.variant.id)
	}
}

// same says whether both outputs have the same bits.
func (m *measurement) same() (bool, error) {
	shape := m.program.plan.Values[m.program.plan.Outputs[0]].Shape
	width := 1
	if shape.Rank() > 0 {
		width = shape.Dimensions[shape.Rank()-1]
	}
	rows := shape.Size() / max(width, 1)
	if m.compare == nil {
		m.compare = &program{target: m.target, plan: differences(shape.DType, rows, width), variants: map[string]*variant{}}
	}
	v := m.compare.variants[""]
	if v == nil {
		a, err := assemble(m.compare.plan, m.target.adapter, nil, false)
		if err != nil {
			return false, err
		}
		v = m.compare.load(a)
		m.compare.variants[""] = v
	}
	result, err := m.target.Allocate(int64(rows))
	if err != nil {
		return false, err
	}
	defer result.Free()
	if err := m.compare.run(v, m.outputs, []ir.Memory{result}); err != nil {
		return false, err
	}
	differs := make([]byte, rows)
	err = m.target.Download(result, differs)
	return !slices.Contains(differs, 1), err
}

// What a measurement takes: rounds of all tilings in turn, in each of which a tiling runs
// for about trialTime, but never more than mostRuns times. After the first round those
// that are far behind are left out.
const (
	rounds    = 4
	trialTime = 10 * time.Millisecond
	mostRuns  = 1024
	farBehind = 1.3
)

// time finds the least time of a run of each tiling.
func (m *measurement) time() error {
	count := 1
	for {
		took, err := m.timed(m.trials[0], count)
		if err != nil {
			return err
		}
		if took >= trialTime || count >= mostRuns {
			break
		}
		count *= 4
	}
	for round := range rounds {
		for i, one := range m.trials {
			if i > 0 && round > 0 && float64(one.least) > farBehind*float64(m.trials[0].least) {
				continue
			}
			took, err := m.timed(one, count)
			if err != nil {
				return err
			}
			took /= time.Duration(count)
			if took > 0 && (one.least == 0 || took < one.least) { // a device's clock may jump back
				one.least = took
			}
		}
	}
	return nil
}

// timed is how long count runs took.
func (m *measurement) timed(one *trial, count int) (time.Duration, error) {
	ns, err := await(m.target.device.Call("timed", one.variant.id, one.variant.ids, one.numbers, count))
	if err != nil {
		return 0, &DeviceError{"measure a product: " + err.Error()}
	}
	return time.Duration(ns.Float()), m.target.fault()
}
