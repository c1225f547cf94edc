package train

import (
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"github.com/dongyur/dongyur/core/lang"
)

// Wrong versions of a text: hard negatives that keep nearly all of its words and say
// something else, or nothing. An encoder that only averages over tokens cannot tell
// them from the text; one that is trained to keep them apart has to see order, number
// and negation. Each kind is one that rewards by embedding have been seen to pay for.
var wrongKinds = []func(text string, random *rand.Rand) string{
	shuffled, exchanged, shortened, repeated, renumbered, negated,
}

// wrongVersion is a text with one thing wrong, drawn by random; "" where nothing can
// be made wrong, as in a text without a word.
func wrongVersion(text string, random *rand.Rand) string {
	for range 2 * len(wrongKinds) {
		if wrong := wrongKinds[random.IntN(len(wrongKinds))](text, random); wrong != text {
			return wrong
		}
	}
	return ""
}

// pieces cuts a text into its units, each with what stands behind it up to the next
// one (tsheg, space, punctuation); head is what stands before the first.
func pieces(text string) (head string, units []string) {
	spans := lang.UnitSpans(text, false)
	if len(spans) == 0 {
		return text, nil
	}
	for i, span := range spans {
		end := len(text)
		if i+1 < len(spans) {
			end = spans[i+1].Start
		}
		units = append(units, text[span.Start:end])
	}
	return text[:spans[0].Start], units
}

// joined puts units together in a new order; what stands behind a place stays there,
// so that a sentence still ends as it did.
func joined(head string, units []string, order []int) string {
	text := strings.Builder{}
	text.WriteString(head)
	for place, i := range order {
		core := lang.UnitSpans(units[i], false)[0]
		text.WriteString(units[i][core.Start:core.End])
		behind := units[min(place, len(units)-1)]
		if place == len(order)-1 {
			behind = units[len(units)-1]
		}
		text.WriteString(behind[lang.UnitSpans(behind, false)[0].End:])
	}
	return text.String()
}

func upTo(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

// shuffled has all units in another order.
func shuffled(text string, random *rand.Rand) string {
	head, units := pieces(text)
	if len(units) < 2 {
		return text
	}
	return joined(head, units, random.Perm(len(units)))
}

// exchanged has two stretches of one to three units in each other's place, as agent
// and patient are when they are mistaken for each other.
func exchanged(text string, random *rand.Rand) string {
	head, units := pieces(text)
	n := len(units)
	long := min(1+random.IntN(3), n/2)
	if long < 1 {
		return text
	}
	first := random.IntN(n - 2*long + 1)
	second := first + long + random.IntN(n-first-2*long+1)
	order := upTo(n)
	moved := slices.Concat(order[:first], order[second:second+long], order[first+long:second], order[first:first+long], order[second+long:])
	return joined(head, units, moved)
}

// shortened lacks one to three units that stand together.
func shortened(text string, random *rand.Rand) string {
	head, units := pieces(text)
	n := len(units)
	long := min(1+random.IntN(3), n-1)
	if long < 1 {
		return text
	}
	at := random.IntN(n - long + 1)
	return joined(head, units, slices.Delete(upTo(n), at, at+long))
}

// repeated says one to three units twice.
func repeated(text string, random *rand.Rand) string {
	head, units := pieces(text)
	n := len(units)
	if n == 0 {
		return text
	}
	long := min(1+random.IntN(3), n)
	at := random.IntN(n - long + 1)
	order := upTo(n)
	return joined(head, units, slices.Insert(order, at+long, order[at:at+long]...))
}

// renumbered has another number in place of one of its numbers.
func renumbered(text string, random *rand.Rand) string {
	runs := digitRuns(text)
	if len(runs) == 0 {
		return text
	}
	run := runs[random.IntN(len(runs))]
	digits := []rune(text[run.Start:run.End])
	zero := digits[0] - rune(digitValue(digits[0]))
	at := random.IntN(len(digits))
	digits[at] = zero + rune((digitValue(digits[at])+1+random.IntN(9))%10)
	return text[:run.Start] + string(digits) + text[run.End:]
}

// digitRuns are the stretches of decimal digits of any script.
func digitRuns(text string) (runs []lang.Span) {
	start := -1
	for i, r := range text + " " {
		switch digit := unicode.IsDigit(r); {
		case digit && start < 0:
			start = i
		case !digit && start >= 0:
			runs = append(runs, lang.Span{Start: start, End: i})
			start = -1
		}
	}
	return runs
}

// digitValue is a decimal digit's value: the digits of a script stand in a row.
func digitValue(r rune) int {
	value := 0
	for value < 9 && unicode.IsDigit(r-rune(value)-1) {
		value++
	}
	return value
}

// Words that negate. Where one stands, a wrong version lacks it; else it has one.
var negations = map[lang.Script][]string{
	lang.Tibt: {"མི", "མ"},
	lang.Hani: {"不", "没"},
	lang.Latn: {"not"},
}

// negated says the opposite, or as near to it as taking a word in or out comes.
func negated(text string, random *rand.Rand) string {
	head, units := pieces(text)
	script := mainScript(text)
	words := negations[script]
	if len(units) == 0 || len(words) == 0 {
		return text
	}
	for i, unit := range units {
		core := lang.UnitSpans(unit, false)[0]
		if slices.Contains(words, unit[core.Start:core.End]) && len(units) > 1 {
			return joined(head, units, slices.Delete(upTo(len(units)), i, i+1))
		}
	}
	// Before one of the last units in Tibetan, where the verb is; elsewhere inside.
	at := random.IntN(len(units))
	if script == lang.Tibt {
		at = max(0, len(units)-1-random.IntN(3))
	}
	separator := map[lang.Script]string{lang.Tibt: "་", lang.Latn: " "}[script]
	return head + strings.Join(units[:at], "") + words[random.IntN(len(words))] + separator + strings.Join(units[at:], "")
}

// mainScript is the one that most letters of a text are of.
func mainScript(text string) (main lang.Script) {
	shares := lang.Shares(text)
	for script, share := range shares {
		if share > shares[main] || share == shares[main] && script < main {
			main = script
		}
	}
	return main
}
