package data

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	// maxTable bounds one table in memory. The largest data set of the catalogue
	// has 45 MB and is not read through here.
	maxTable = 256 << 20
	// maxLine bounds one line. The longest real row, a news text with its headline,
	// has 30 kB; a line of a megabyte is another kind of file.
	maxLine = 1 << 20
)

const saveAsUTF8 = `save it as UTF-8 (in Excel: File, Save As, "CSV UTF-8")`

// readText reads the whole table, takes off a byte order mark and refuses what is not
// UTF-8 or UTF-16 text.
func readText(r io.Reader, name string) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxTable+1))
	if err != nil {
		return "", fmt.Errorf("read table %s: %w", name, err)
	}
	at := func(line, column int, msg string) error {
		return &TableError{Name: name, Line: line, Column: column, Msg: msg}
	}
	if len(raw) > maxTable {
		return "", at(1, 1, fmt.Sprintf("the table is larger than %d MB; split it into smaller files", maxTable>>20))
	}
	if bytes.HasPrefix(raw, []byte("PK\x03\x04")) {
		return "", at(1, 1, "this is an Excel or zip file, not a table of text; "+saveAsUTF8)
	}
	if order, start := utf16Order(raw); order != nil {
		text, wrong := fromUTF16(raw[start:], order)
		if wrong != "" {
			text = unixLines(text)
			line, column := positionAt(text, len(text))
			return "", at(line, column, wrong)
		}
		raw = []byte(text)
	}
	raw = bytes.TrimPrefix(raw, []byte{0xef, 0xbb, 0xbf})
	text := unixLines(string(raw))
	if bad := firstNotUTF8(text); bad >= 0 {
		line, column := positionAt(text, bad)
		return "", at(line, column, fmt.Sprintf("byte 0x%02X is not UTF-8, so the file has another encoding (Latin-1, GB18030, …); %s", text[bad], saveAsUTF8))
	}
	if nul := strings.IndexByte(text, 0); nul >= 0 {
		line, column := positionAt(text, nul)
		return "", at(line, column, "a zero byte: the file is binary or UTF-16 without its byte order mark; "+saveAsUTF8)
	}
	if strings.TrimSpace(text) == "" {
		return "", at(1, 1, "the table is empty; it needs a row of column names and at least one example")
	}
	return text, nil
}

// unixLines ends each line with \n: Windows writes \r\n, Excel's Macintosh CSV a lone \r.
func unixLines(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	return text
}

// checkLines refuses lines that no example can have.
func checkLines(text, name string) error {
	number := 1
	for rest := text; rest != ""; number++ {
		line, after, _ := strings.Cut(rest, "\n")
		if len(line) > maxLine {
			return &TableError{Name: name, Line: number, Column: 1,
				Msg: fmt.Sprintf("the line has %d bytes, more than %d; put one example on each line", len(line), maxLine)}
		}
		rest = after
	}
	return nil
}

// firstNotUTF8 returns the offset of the first byte that is not UTF-8, or -1.
func firstNotUTF8(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
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
