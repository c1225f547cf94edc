package token

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A normalizer rewrites text before it is split.
type normalizer func(string) string

// parseNormalizer reads the normalizer field; nil means none.
func parseNormalizer(raw json.RawMessage, where string) (normalizer, error) {
	if isNull(raw) {
		return nil, nil
	}
	c, err := component(raw, where)
	if err != nil {
		return nil, err
	}
	switch c.Type {
	case "Sequence":
		return parseNormalizers(c.Normalizers, where)
	case "NFC":
		return unicodeForm(norm.NFC), nil
	case "NFD":
		return unicodeForm(norm.NFD), nil
	case "NFKC":
		return unicodeForm(norm.NFKC), nil
	case "NFKD":
		return unicodeForm(norm.NFKD), nil
	case "Lowercase":
		return lowercase, nil
	case "ByteLevel":
		return spellBytes, nil
	case "Prepend":
		return func(s string) string { return c.Prepend + s }, nil
	case "Strip":
		return func(s string) string { return strip(s, c.StripLeft, c.StripRight) }, nil
	case "Replace":
		m, err := parsePattern(c.Pattern, where)
		if err != nil {
			return nil, err
		}
		return func(s string) string { return replace(s, m, c.Content) }, nil
	}
	return nil, fmt.Errorf("%s.type %q is not read: want NFC, NFD, NFKC, NFKD, Lowercase, Strip, Prepend, Replace, ByteLevel or Sequence", where, c.Type)
}

// spellsBytes tells whether a normaliser ends in ByteLevel.
func spellsBytes(raw json.RawMessage) (bool, error) {
	if isNull(raw) {
		return false, nil
	}
	c, err := component(raw, "normalizer")
	if n := len(c.Normalizers); err == nil && c.Type == "Sequence" && n > 0 {
		return spellsBytes(c.Normalizers[n-1])
	}
	return c.Type == "ByteLevel", err
}

func parseNormalizers(parts []json.RawMessage, where string) (normalizer, error) {
	var steps []normalizer
	for i, part := range parts {
		n, err := parseNormalizer(part, fmt.Sprintf("%s.normalizers[%d]", where, i))
		if err != nil {
			return nil, err
		}
		if n != nil {
			steps = append(steps, n)
		}
	}
	return func(s string) string {
		for _, n := range steps {
			s = n(s)
		}
		return s
	}, nil
}

// lowercase maps each character by itself, with İ's full mapping.
func lowercase(s string) string {
	return strings.ReplaceAll(strings.ToLower(strings.ReplaceAll(s, "İ", "i\u0307")), "İ", "i\u0307")
}

func strip(s string, left, right bool) string {
	if left {
		s = strings.TrimLeftFunc(s, unicode.IsSpace)
	}
	if right {
		s = strings.TrimRightFunc(s, unicode.IsSpace)
	}
	return s
}

func replace(s string, m matcher, content string) string {
	var out strings.Builder
	at := 0
	m.each(s, func(from, to int) {
		out.WriteString(s[at:from])
		out.WriteString(content)
		at = to
	})
	if at == 0 && out.Len() == 0 {
		return s
	}
	out.WriteString(s[at:])
	return out.String()
}
