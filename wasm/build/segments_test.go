package main

import (
	"bytes"
	leb128 "encoding/binary"
	"slices"
	"strings"
	"testing"
)

// programOf is a WebAssembly program with the data given, and a section on each side of it.
func programOf(data []byte) []byte {
	program := []byte("\x00asm\x01\x00\x00\x00\x00\x03\x02ab")
	program = leb128.AppendUvarint(append(program, dataSection), uint64(len(data)))
	return append(append(program, data...), "\x00\x05\x04name"...)
}

func dataOf(segments ...segment) []byte {
	data := leb128.AppendUvarint(nil, uint64(len(segments)))
	for _, s := range segments {
		data = append(appendSigned(append(data, 0, 0x41), s.start), 0x0b)
		data = append(leb128.AppendUvarint(data, uint64(len(s.bytes))), s.bytes...)
	}
	return data
}

func TestJoinSegments(t *testing.T) {
	long := bytes.Repeat([]byte("segment"), 100)
	for _, test := range []struct {
		name       string
		data, want []segment
	}{
		{"none", nil, nil},
		{"close ones join", []segment{{4096, []byte("a")}, {4105, []byte("b")}, {4106, []byte("c")}},
			[]segment{{4096, []byte("a\x00\x00\x00\x00\x00\x00\x00\x00bc")}}},
		{"distant ones stay", []segment{{1, long}, {1 + 700 + segmentGap, []byte("b")}, {1 + 701 + 2*segmentGap + 1, []byte("c")}},
			[]segment{{1, slices.Concat(long, make([]byte, segmentGap), []byte("b"))}, {1 + 701 + 2*segmentGap + 1, []byte("c")}}},
		{"downwards stay in order", []segment{{500, []byte("a")}, {63, []byte("b")}, {63, []byte("c")}},
			[]segment{{500, []byte("a")}, {63, []byte("b")}, {63, []byte("c")}}},
		{"at all lengths of an address", []segment{{0, []byte("a")}, {64, []byte("b")}, {8192, []byte("c")}, {1 << 30, []byte("d")}},
			[]segment{{0, append(append([]byte("a"), make([]byte, 63)...), 'b')}, {8192, []byte("c")}, {1 << 30, []byte("d")}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			program := programOf(dataOf(test.data...))
			before := bytes.Clone(program)
			joined, err := joinSegments(program)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(program, before) {
				t.Error("the program given was changed")
			}
			if want := programOf(dataOf(test.want...)); !bytes.Equal(joined, want) {
				t.Errorf("joined:\n%q, want:\n%q", joined, want)
			}
		})
	}
}

func TestJoinSegmentsRefuses(t *testing.T) {
	whole := programOf(dataOf(segment{4096, []byte("data")}))
	passive := programOf([]byte{1, 1, 2, 'a', 'b'})
	for _, test := range []struct {
		name, want string
		program    []byte
	}{
		{"no program", "no WebAssembly", []byte("<html></html>")},
		{"too short", "no WebAssembly", []byte("\x00as")},
		{"cut within a section", "too early", whole[:len(whole)-3]},
		{"cut within a length", "within a number", append(bytes.Clone(whole), 1, 0x80)},
		{"a section's content too short", "too early", programOf(dataOf(segment{4096, []byte("data")})[:8])},
		{"a passive segment", "data segment 0", passive},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := joinSegments(test.program); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}
