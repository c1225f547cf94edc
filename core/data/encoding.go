package data

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Encodings that tables come in.
const (
	textUTF8    = "UTF-8"
	textUTF16   = "UTF-16"
	textGB18030 = "GB18030"
)

const saveAsUTF8 = `save it as UTF-8 (in Excel: File, Save As, "CSV UTF-8")`

// decode finds out a file's encoding and gives its text, without a byte order mark and
// with \n at the ends of lines.
func decode(f file) (text, encoding string, err error) {
	raw := f.raw
	if order, start := utf16Order(raw); order != nil {
		text, wrong := fromUTF16(raw[start:], order)
		if text = unixLines(text); wrong != "" {
			line, column := positionAt(text, len(text))
			return "", "", f.wrong(line, column, "%s", wrong)
		}
		return text, textUTF16, refuseZeros(f, text)
	}
	raw = bytes.TrimPrefix(raw, []byte{0xef, 0xbb, 0xbf})
	if utf8.Valid(raw) {
		text = unixLines(string(raw))
		return text, textUTF8, refuseZeros(f, text)
	}
	if looksLikeGB18030(raw) {
		if decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw); err == nil && !bytes.ContainsRune(decoded, utf8.RuneError) {
			return unixLines(string(decoded)), textGB18030, nil
		}
	}
	text = unixLines(string(raw))
	if mostlyUTF8(text) { // the rows that lost a character are left out one by one
		text = strings.ToValidUTF8(text, string(utf8.RuneError))
		return text, textUTF8, refuseZeros(f, text)
	}
	bad := firstNotUTF8(text)
	line, column := positionAt(text, bad)
	return "", "", f.wrong(line, column, "byte 0x%02X is not UTF-8, so the file has another encoding (Latin-1, Big5, …); %s", text[bad], saveAsUTF8)
}

func refuseZeros(f file, text string) error {
	if zero := strings.IndexByte(text, 0); zero >= 0 {
		line, column := positionAt(text, zero)
		return f.wrong(line, column, "a zero byte: the file is no table of text; %s", saveAsUTF8)
	}
	return nil
}

// unixLines ends each line with \n: Windows writes \r\n, Excel's Macintosh CSV a lone \r.
func unixLines(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	return text
}

// firstNotUTF8 returns the offset of the first byte that is not UTF-8, or -1.
func firstNotUTF8(s string) int {
	for i, r := range s {
		if r != utf8.RuneError {
			continue
		}
		if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
			return i
		}
	}
	return -1
}

// mostlyUTF8 tells whether a text is UTF-8 with a few damaged bytes: at least ten whole
// characters of several bytes for each byte that is none.
func mostlyUTF8(text string) bool {
	whole, broken := 0, 0
	for i := 0; i < len(text); {
		_, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case size > 1:
			whole++
		case text[i] >= utf8.RuneSelf:
			broken++
		}
		i += size
	}
	return whole >= 10*broken
}

// looksLikeGB18030 tells Chinese text in GB18030 or its parts GBK and GB2312 from other
// text that is not UTF-8. Nearly any bytes decode as GBK; but what is written in it
// has most characters in GB2312's area, both bytes from 0xA1, or, where it is
// Tibetan, in four bytes. Latin-1 and Big5 have not.
func looksLikeGB18030(raw []byte) bool {
	usual, rare := 0, 0
	for i := 0; i < len(raw); i++ {
		b := raw[i]
		switch {
		case b < 0x80:
		case b == 0x80 || b == 0xff || i+1 == len(raw):
			return false
		case raw[i+1] >= 0x30 && raw[i+1] <= 0x39:
			if i+3 >= len(raw) || raw[i+2] < 0x81 || raw[i+3] < 0x30 || raw[i+3] > 0x39 {
				return false
			}
			usual++
			i += 3
		case raw[i+1] < 0x40 || raw[i+1] == 0x7f || raw[i+1] == 0xff:
			return false
		default:
			if b >= 0xa1 && raw[i+1] >= 0xa1 {
				usual++
			} else {
				rare++
			}
			i++
		}
	}
	return usual >= 3*rare && usual > 0
}

// utf16Order tells whether a file is UTF-16, and in which order its bytes are: by its
// byte order mark, which comes back as the start to leave out, or by the zeros beside
// ASCII: all are on the same side.
func utf16Order(raw []byte) (order binary.ByteOrder, start int) {
	switch {
	case bytes.HasPrefix(raw, []byte{0xff, 0xfe}):
		return binary.LittleEndian, 2
	case bytes.HasPrefix(raw, []byte{0xfe, 0xff}):
		return binary.BigEndian, 2
	}
	// The marks that tables and XML are made of; not letters, for 一 is 4E 00 and a 4E is an N.
	const marks = "\t\n\r ,;<>\"=0123456789"
	zeros, little, big := 0, 0, 0
	for i := 0; i+1 < len(raw); i += 2 {
		switch {
		case raw[i+1] == 0 && raw[i] != 0:
			zeros++
			if strings.IndexByte(marks, raw[i]) >= 0 {
				little++
			}
		case raw[i] == 0 && raw[i+1] != 0:
			zeros++
			if strings.IndexByte(marks, raw[i+1]) >= 0 {
				big++
			}
		}
	}
	switch {
	case len(raw)%2 != 0 || zeros < 2 || zeros*100 < len(raw):
	case little > 0 && big == 0:
		return binary.LittleEndian, 0
	case big > 0 && little == 0:
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
