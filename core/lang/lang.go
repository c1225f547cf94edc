// Package lang knows scripts, and Tibetan in particular: normal form, tsheg
// syllables, shad and numerals, shares of letters by Unicode script, Wylie
// transliteration both ways, and damaged sequences.
//
// What goes in is text as users, files and models give it; what comes out is
// text, spans of bytes in it, and shares between 0 and 1. Nothing here fails:
// text that is not well formed is reported (Check, Warning), never refused.
//
// It follows the Unicode Standard (chapter 13.4, Tibetan; UAX 15 and 24),
// ISO 15924 for the names of scripts, and the Extended Wylie Transliteration
// Scheme of the Tibetan and Himalayan Library. It is linked into the page, so
// it needs x/text/unicode/norm and the standard library only.
package lang

import (
	"golang.org/x/text/unicode/norm"
)

// NFC returns s in Unicode Normalization Form C.
//
// For Tibetan three things follow from the Unicode data, and surprise people:
//   - the letters U+0F43, 0F4D, 0F52, 0F57, 0F5C, 0F69 and their subjoined
//     forms are composition exclusions, so NFC takes them apart and does not
//     put them together again; the same goes for the vowels U+0F73, 0F75, 0F76,
//     0F78 and 0F81;
//   - the vowel signs have combining classes, so within a stack U+0F71 comes
//     first, then the signs above, then U+0F74, then U+0F39;
//   - U+0F7E and U+0F7F have class 0: NFC does not move a vowel sign across
//     them. Clean does.
//
// After 30 combining marks in a row a U+034F is put in, as the stream-safe
// format of UAX 15 asks.
func NFC(s string) string { return norm.NFC.String(s) }

// IsNFC tells whether s is in Normalization Form C.
func IsNFC(s string) bool { return norm.NFC.IsNormalString(s) }
