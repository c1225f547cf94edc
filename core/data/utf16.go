package data

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Order tells whether a file is UTF-16, and in which order its bytes are: by its
// byte order mark, which comes back as the start to leave out, or, in XML without one,
// by its first two characters (XML 1.0, appendix F). TMX 1.4 asks for UTF-16 or UTF-8,
// and Excel writes it as "Unicode text".
func utf16Order(raw []byte) (order binary.ByteOrder, start int) {
	switch {
	case bytes.HasPrefix(raw, []byte{0xff, 0xfe}):
		return binary.LittleEndian, 2
	case bytes.HasPrefix(raw, []byte{0xfe, 0xff}):
		return binary.BigEndian, 2
	case bytes.HasPrefix(raw, []byte("<\x00?\x00")):
		return binary.LittleEndian, 0
	case bytes.HasPrefix(raw, []byte("\x00<\x00?")):
		return binary.BigEndian, 0
	}
	return nil, 0
}

// fromUTF16 gives a UTF-16 file as UTF-8, or its text up to where it is damaged and
// what is wrong there.
func fromUTF16(raw []byte, order binary.ByteOrder) (text, wrong string) {
	var b strings.Builder
	b.Grow(len(raw) + len(raw)/2)
	for i := 0; i < len(raw); i += 2 {
		if i+1 == len(raw) {
			return b.String(), "the file ends inside a character of UTF-16: it was cut off; export or download it again"
		}
		r := rune(order.Uint16(raw[i:]))
		if utf16.IsSurrogate(r) {
			pair := rune(utf8.RuneError)
			if i+3 < len(raw) {
				pair = utf16.DecodeRune(r, rune(order.Uint16(raw[i+2:])))
			}
			if pair == utf8.RuneError {
				return b.String(), fmt.Sprintf("0x%04X is half a character of UTF-16: the file is damaged; export or download it again", r)
			}
			r, i = pair, i+2
		}
		b.WriteRune(r)
	}
	return b.String(), ""
}
