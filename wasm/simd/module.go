package simd

import (
	"fmt"
	"math"
	"slices"
)

// valType is a type of the WebAssembly machine, in its binary code.
type valType byte

const (
	i32  valType = 0x7F
	i64  valType = 0x7E
	f32  valType = 0x7D
	v128 valType = 0x7B
)

// module is a WebAssembly module under construction. It imports one memory, which
// the host brings, and exports one function, "run".
//
// The binary format is that of the WebAssembly core specification 2.0, section 5.
type module struct {
	types []signature
	funcs []*function
	names map[string]*function // made on use, by name
	codes map[string]*function // steps by their code: see once
	start *function            // what is exported as "run"
	// shared says that the memory is one that threads share.
	shared bool
}

// mathModule is where the host's functions are imported from; its memory is
// imported from "host".
const mathModule = "math"

// hostMath are the functions that the host brings, in the order of their indices:
// JavaScript's Math, or Go's. They take and give Float32 numbers.
var hostMath = []struct {
	name   string
	params int
}{{"sin", 1}, {"cos", 1}, {"pow", 2}}

// memoryPages is the most that a memory can have.
const memoryPages = 1 << 16

// host gives the function that the host brings under this name.
func (m *module) host(name string) *function {
	for i, h := range hostMath {
		if h.name == name {
			return &function{index: i}
		}
	}
	panic("simd: the host has no function " + name)
}

type signature struct{ params, results []valType }

// function is one function's body under construction: instructions are appended in
// the order in which the stack machine runs them.
type function struct {
	index     int
	kind      int // in module.types
	signature signature
	locals    []valType // after the parameters
	code      []byte
	entries   int // of a step: where its part of the table begins
}

func newModule() *module {
	return &module{names: map[string]*function{}, codes: map[string]*function{}}
}

// function adds one with parameters params, which are its first locals.
func (m *module) function(params, results []valType) *function {
	f := &function{index: len(hostMath) + len(m.funcs), kind: m.kind(params, results), signature: signature{params, results}}
	m.funcs = append(m.funcs, f)
	return f
}

// kind is the number of a signature among the module's types.
func (m *module) kind(params, results []valType) int {
	for i, s := range m.types {
		if slices.Equal(s.params, params) && slices.Equal(s.results, results) {
			return i
		}
	}
	m.types = append(m.types, signature{params, results})
	return len(m.types) - 1
}

func bytesOf(types []valType) []byte {
	b := make([]byte, len(types))
	for i, t := range types {
		b[i] = byte(t)
	}
	return b
}

// named gives the function of that name, written by write when it is first asked for.
func (m *module) named(name string, params, results []valType, write func(*function)) *function {
	if f, ok := m.names[name]; ok {
		return f
	}
	f := m.function(params, results)
	m.names[name] = f
	write(f)
	return f
}

// once gives the first function with the code of f, which is written, and drops f if
// that is another: the browser compiles what is there once, and sooner finds it worth
// its best compiler.
func (m *module) once(f *function) *function {
	key := fmt.Sprint(f.kind) + string(f.body())
	if first, ok := m.codes[key]; ok {
		if m.funcs[len(m.funcs)-1] == f {
			m.funcs = m.funcs[:len(m.funcs)-1]
		}
		return first
	}
	m.codes[key] = f
	return f
}

// bytes is the module in WebAssembly's binary format.
func (m *module) bytes() []byte {
	out := []byte{0, 'a', 's', 'm', 1, 0, 0, 0}
	section := func(id byte, body []byte) {
		out = append(out, id)
		out = appendUnsigned(out, uint64(len(body)))
		out = append(out, body...)
	}
	imports := appendString(appendUnsigned(nil, uint64(1+len(hostMath))), "host")
	if m.shared {
		imports = appendString(imports, "memory", 2, 3, 1)
		imports = appendUnsigned(imports, memoryPages)
	} else {
		imports = appendString(imports, "memory", 2, 0, 1) // of at least one page
	}
	for _, h := range hostMath {
		imports = appendString(appendString(imports, mathModule), h.name, 0)
		imports = appendUnsigned(imports, uint64(m.kind(slices.Repeat([]valType{f32}, h.params), []valType{f32})))
	}
	var types []byte
	types = appendUnsigned(types, uint64(len(m.types)))
	for _, s := range m.types {
		types = append(types, 0x60)
		types = appendUnsigned(types, uint64(len(s.params)))
		types = append(types, bytesOf(s.params)...)
		types = appendUnsigned(types, uint64(len(s.results)))
		types = append(types, bytesOf(s.results)...)
	}
	section(1, types)
	section(2, imports)
	var kinds []byte
	kinds = appendUnsigned(kinds, uint64(len(m.funcs)))
	for _, f := range m.funcs {
		kinds = appendUnsigned(kinds, uint64(f.kind))
	}
	section(3, kinds)
	exports := appendString([]byte{1}, "run", 0)
	section(7, appendUnsigned(exports, uint64(m.start.index)))
	var codes []byte
	codes = appendUnsigned(codes, uint64(len(m.funcs)))
	for _, f := range m.funcs {
		body := f.body()
		codes = appendUnsigned(codes, uint64(len(body)))
		codes = append(codes, body...)
	}
	section(10, codes)
	return out
}

func (f *function) body() []byte {
	var body []byte
	runs := 0
	var locals []byte
	for i := 0; i < len(f.locals); {
		n := i
		for n < len(f.locals) && f.locals[n] == f.locals[i] {
			n++
		}
		locals = appendUnsigned(locals, uint64(n-i))
		locals = append(locals, byte(f.locals[i]))
		runs++
		i = n
	}
	body = appendUnsigned(body, uint64(runs))
	body = append(body, locals...)
	body = append(body, f.code...)
	return append(body, 0x0B)
}

// appendUnsigned appends v in LEB128.
func appendUnsigned(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// appendSigned appends v in signed LEB128.
func appendSigned(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7F)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func appendString(b []byte, s string, rest ...byte) []byte {
	b = appendUnsigned(b, uint64(len(s)))
	b = append(b, s...)
	return append(b, rest...)
}

// local is a variable of a function.
type local int

// local adds a variable, 0 at first.
func (f *function) local(t valType) local {
	f.locals = append(f.locals, t)
	return local(len(f.signature.params) + len(f.locals) - 1)
}

func (f *function) op(codes ...byte) { f.code = append(f.code, codes...) }

// simd appends a vector instruction: prefix 0xFD and its number.
func (f *function) simd(number uint32, immediates ...byte) {
	f.code = append(f.code, 0xFD)
	f.code = appendUnsigned(f.code, uint64(number))
	f.code = append(f.code, immediates...)
}

func (f *function) get(l local) { f.code = appendUnsigned(append(f.code, 0x20), uint64(l)) }
func (f *function) set(l local) { f.code = appendUnsigned(append(f.code, 0x21), uint64(l)) }
func (f *function) tee(l local) { f.code = appendUnsigned(append(f.code, 0x22), uint64(l)) }

func (f *function) call(callee *function) {
	f.code = appendUnsigned(append(f.code, 0x10), uint64(callee.index))
}

func (f *function) i32(v int32) { f.code = appendSigned(append(f.code, 0x41), int64(v)) }
func (f *function) i64(v int64) { f.code = appendSigned(append(f.code, 0x42), v) }

func (f *function) f32(v float32) {
	bits := math.Float32bits(v)
	f.code = append(f.code, 0x43, byte(bits), byte(bits>>8), byte(bits>>16), byte(bits>>24))
}

// memory appends a plain load or store, its address on the stack plus offset bytes.
func (f *function) memory(code byte, offset int) {
	f.code = appendUnsigned(append(f.code, code, 0), uint64(offset))
}

// vectorMemory is memory for a vector instruction.
func (f *function) vectorMemory(number uint32, offset int) {
	f.simd(number, 0)
	f.code = appendUnsigned(f.code, uint64(offset))
}

// splatted pushes a vector of four equal numbers.
func (f *function) splatF32(v float32) {
	bits := math.Float32bits(v)
	f.splatBits(bits)
}

func (f *function) splatBits(bits uint32) {
	lane := []byte{byte(bits), byte(bits >> 8), byte(bits >> 16), byte(bits >> 24)}
	f.simd(simdConst)
	for range 4 {
		f.op(lane...)
	}
}

// block runs body in a block: a branch to its depth leaves it.
func (f *function) block(body func()) {
	f.op(0x02, 0x40)
	body()
	f.op(0x0B)
}

// branchIf leaves (a block) or repeats (a loop) the depth-th construct around it if
// the number on the stack is not 0.
func (f *function) branchIf(depth int) { f.code = appendUnsigned(append(f.code, 0x0D), uint64(depth)) }

func (f *function) branch(depth int) { f.code = appendUnsigned(append(f.code, 0x0C), uint64(depth)) }

// loop runs body for variable = from, from+step, … while it is less than limit;
// both bounds are pushed by functions, evaluated before the first round only if
// constant: limit is evaluated each round.
func (f *function) loop(variable local, from func(), limit func(), step int32, body func()) {
	from()
	f.set(variable)
	f.block(func() {
		f.op(0x03, 0x40)
		f.get(variable)
		limit()
		f.op(opI32GeS)
		f.branchIf(1)
		body()
		f.get(variable)
		f.i32(step)
		f.op(opI32Add)
		f.set(variable)
		f.branch(0)
		f.op(0x0B)
	})
}

// when runs then if the number on the stack is not 0, else otherwise (may be nil).
func (f *function) when(then, otherwise func()) {
	f.op(0x04, 0x40)
	then()
	if otherwise != nil {
		f.op(0x05)
		otherwise()
	}
	f.op(0x0B)
}

// vectorMemoryLane stores lane 0 of a vector.
func (f *function) vectorMemoryLane(number uint32, offset int) {
	f.vectorMemory(number, offset)
	f.op(0)
}
