package main

import (
	leb128 "encoding/binary" // its uvarint is WebAssembly's unsigned LEB128
	"errors"
	"fmt"
)

// dataSection is the number of the section that says what a program's memory holds at the start
// (WebAssembly Core Specification 2.0, 5.5.14).
const dataSection = 11

// segmentGap is the longest run of zeros that is written out between two pieces of data. Go's linker skips every
// run of 8 and so writes up to 100 000 segments; Brotli packs the zeros into nothing, but not the segments' addresses.
const segmentGap = 64

// A segment is a piece of memory: where it starts, and its bytes.
type segment struct {
	start int64
	bytes []byte
}

// joinSegments gives the program with the segments of its data joined where only a few zeros part them. Memory starts
// with the same content. Segments that do not follow each other upwards stay apart.
func joinSegments(program []byte) ([]byte, error) {
	const header = 8 // magic number and version
	if len(program) < header || string(program[:4]) != "\x00asm" {
		return nil, errors.New("it is no WebAssembly program")
	}
	joined := append(make([]byte, 0, len(program)), program[:header]...)
	r := wasmReader{rest: program[header:]}
	for len(r.rest) > 0 {
		number := r.take(1)
		content := r.take(r.unsigned())
		if r.err == nil && number[0] == dataSection {
			content, r.err = joinSection(content)
		}
		if r.err != nil {
			return nil, r.err
		}
		joined = leb128.AppendUvarint(append(joined, number[0]), uint64(len(content)))
		joined = append(joined, content...)
	}
	return joined, nil
}

// joinSection does it for the content of the data section.
func joinSection(content []byte) ([]byte, error) {
	const (
		active   = 0x00 // the segment goes into memory 0, at a constant address
		constant = 0x41 // i32.const
		end      = 0x0b
	)
	r := wasmReader{rest: content}
	var segments []segment
	for range r.unsigned() {
		if head := r.take(2); r.err == nil && (head[0] != active || head[1] != constant) {
			return nil, fmt.Errorf("data segment %d is not one that Go's linker writes", len(segments))
		}
		start := r.signed()
		r.take(1) // end
		bytes := r.take(r.unsigned())
		if r.err != nil {
			return nil, r.err
		}
		if len(segments) > 0 {
			last := &segments[len(segments)-1]
			if gap := start - last.start - int64(len(last.bytes)); 0 <= gap && gap <= segmentGap {
				last.bytes = append(append(last.bytes, make([]byte, gap)...), bytes...)
				continue
			}
		}
		segments = append(segments, segment{start, append([]byte{}, bytes...)})
	}
	joined := leb128.AppendUvarint(nil, uint64(len(segments)))
	for _, s := range segments {
		joined = append(appendSigned(append(joined, active, constant), s.start), end)
		joined = append(leb128.AppendUvarint(joined, uint64(len(s.bytes))), s.bytes...)
	}
	return joined, r.err
}

// A wasmReader takes numbers and bytes off the front of a program. After an error it gives zeros.
type wasmReader struct {
	rest []byte
	err  error
}

func (r *wasmReader) take(n uint64) []byte {
	if r.err == nil && n > uint64(len(r.rest)) {
		r.err = errors.New("the program ends too early")
	}
	if r.err != nil {
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

// unsigned reads unsigned LEB128.
func (r *wasmReader) unsigned() uint64 {
	v, n := leb128.Uvarint(r.rest)
	if n <= 0 && r.err == nil {
		r.err = errors.New("the program ends within a number")
	}
	r.take(uint64(max(n, 0)))
	return v
}

// signed reads signed LEB128: 7 bits a byte, the lowest first, the last byte's bit 6 being the sign.
func (r *wasmReader) signed() (v int64) {
	for shift := 0; ; shift += 7 {
		b := r.take(1)
		if r.err != nil {
			return 0
		}
		v |= int64(b[0]&0x7f) << shift
		if b[0] < 0x80 {
			if b[0]&0x40 != 0 {
				v -= 1 << (shift + 7)
			}
			return v
		}
	}
}

func appendSigned(to []byte, v int64) []byte {
	for {
		b := byte(v & 0x7f)
		v >>= 7
		if v == 0 && b&0x40 == 0 || v == -1 && b&0x40 != 0 {
			return append(to, b)
		}
		to = append(to, b|0x80)
	}
}
