package reward

import "strconv"

// How explanations write numbers: shares in percent, values with three places,
// settings as they were given.

func percent(p float64) string {
	digits := 1
	if p >= 0.1 {
		digits = 0
	}
	if p > 0 && p < 0.001 {
		return "<0.1 %"
	}
	return strconv.FormatFloat(100*p, 'f', digits, 64) + " %"
}

func places(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) }

func given(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
