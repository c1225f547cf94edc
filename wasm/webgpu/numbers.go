package webgpu

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// Products of different sizes have the same text where their sizes are not in it but
// in a uniform buffer: a driver compiles once for all of them. What is cut up by the
// sizes stays in the text, and so do divisors, which a compiler turns into products.

// lifting is a kernel's numbers that are no part of its text.
type lifting struct {
	on    bool
	list  []int32
	named map[string]string
}

// lift has numbers of this kernel go into the buffer from here on.
func (s *shader) lift() { s.lifting = lifting{on: true, named: map[string]string{}} }

// number writes n: as it is, or where numbers are lifted as an element of the buffer.
// The same name stands for the same number; "" is new each time.
func (s *shader) number(name string, n int) string {
	if !s.lifting.on {
		return strconv.Itoa(n)
	}
	if text := s.lifting.named[name]; text != "" {
		return text
	}
	i := len(s.lifting.list)
	s.lifting.list = append(s.lifting.list, int32(n))
	text := fmt.Sprintf("numbers[%d].%s", i/4, "xyzw"[i%4:i%4+1])
	if name != "" {
		s.lifting.named[name] = text
	}
	return text
}

// step lifts a literal that an index is added to or multiplied by.
func (b *scope) step(e, arg *ir.Exp) (operand, bool) {
	if !b.s.lifting.on || e.DType != dtypes.Int32 || arg.Kind != ir.Literal ||
		e.Op != compute.OpTypeAdd && e.Op != compute.OpTypeSub && e.Op != compute.OpTypeMul {
		return operand{}, false
	}
	return operand{b.s.number(fmt.Sprintf("literal %p", arg), int(int32(arg.Bits))), dtypes.Int32, 1}, true
}

// declaration is the buffer's, behind the storage buffers.
func (l *lifting) declaration(binding int) string {
	if len(l.list) == 0 {
		return ""
	}
	return fmt.Sprintf("@group(0) @binding(%d) var<uniform> numbers: array<vec4<i32>, %d>;\n", binding, ceilDiv(len(l.list), 4))
}

// value gives the plan's constant that holds the numbers, one for equal ones; -1: there
// are none.
func (l *lifting) value(c *coder) int {
	if len(l.list) == 0 {
		return -1
	}
	data := make([]byte, 0, 4*len(l.list))
	for _, n := range l.list {
		data = binary.LittleEndian.AppendUint32(data, uint32(n))
	}
	data = append(data, make([]byte, -len(data)&15)...)
	if known, ok := c.numbers[string(data)]; ok {
		return known
	}
	c.numbers[string(data)] = c.constant(data)
	return c.numbers[string(data)]
}
