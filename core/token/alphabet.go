package token

import "unicode/utf8"

// Byte-level vocabularies spell each byte as one printable character: the
// printable bytes of Latin-1 as themselves, the other 68 as U+0100 upward in
// byte order (GPT-2's bytes_to_unicode). A space is "Ġ", a newline "Ċ".

var byteRune = func() (table [256]rune) {
	next := rune(256)
	for b := range 256 {
		if b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE {
			table[b] = rune(b)
		} else {
			table[b] = next
			next++
		}
	}
	return table
}()

// runeByte is byteRune's inverse; -1 where the alphabet has no such character.
var runeByte = func() (table [256 + 68]int16) {
	for i := range table {
		table[i] = -1
	}
	for b, r := range byteRune {
		table[r] = int16(b)
	}
	return table
}()

// spellBytes writes raw bytes in the alphabet.
func spellBytes(raw string) string {
	out := make([]byte, 0, 2*len(raw))
	for i := range len(raw) {
		out = utf8.AppendRune(out, byteRune[raw[i]])
	}
	return string(out)
}

// unspell reads a token's spelling; a token that holds a character outside the
// alphabet stands for its own UTF-8 bytes.
func unspell(token string) string {
	out := make([]byte, 0, len(token))
	for _, r := range token {
		if int(r) >= len(runeByte) || runeByte[r] < 0 {
			return token
		}
		out = append(out, byte(runeByte[r]))
	}
	return string(out)
}
