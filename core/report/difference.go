package report

import (
	"strings"

	"github.com/dongyur/dongyur/core/language"
)

// Piece is a part of an answer; Shared parts stand in the reference too, in the same
// order.
type Piece struct {
	Text   string
	Shared bool
}

// longest bounds the units that are compared, for time is their product.
const longest = 400

// Pieces cuts an answer into what it shares with a reference (a longest common
// subsequence of syllables, characters or words) and the rest. Joined they are the
// answer.
func Pieces(answer, reference, code string) []Piece {
	units, others := language.Units(answer, code), language.Units(reference, code)
	if len(units) > longest || len(others) > longest {
		return []Piece{{Text: answer}}
	}
	shared := common(units, others)
	var pieces []Piece
	add := func(text string, shared bool) {
		if text == "" {
			return
		}
		if n := len(pieces); n > 0 && pieces[n-1].Shared == shared {
			pieces[n-1].Text += text
			return
		}
		pieces = append(pieces, Piece{text, shared})
	}
	rest := answer
	for i, unit := range units {
		at := strings.Index(rest, unit)
		// What stands between two shared units, a tsheg or a space, belongs to them.
		add(rest[:at], shared[i] && len(pieces) > 0 && pieces[len(pieces)-1].Shared)
		add(unit, shared[i])
		rest = rest[at+len(unit):]
	}
	add(rest, false)
	return pieces
}

// common tells which units of a are in a longest common subsequence with b.
func common(a, b []string) []bool {
	// length[i][j] is that of a[i:] and b[j:].
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if length[i][j] = max(length[i+1][j], length[i][j+1]); strings.EqualFold(a[i], b[j]) {
				length[i][j] = length[i+1][j+1] + 1
			}
		}
	}
	in := make([]bool, len(a))
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case strings.EqualFold(a[i], b[j]):
			in[i] = true
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	return in
}
