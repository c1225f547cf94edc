package metric

// Alpha is Krippendorff's alpha for nominal values: how far several raters agree on
// the same items beyond chance (Krippendorff 2011, Computing Krippendorff's
// Alpha-Reliability). 1 is full agreement, 0 is what chance gives, less than 0 is
// worse. ratings[i] are the values that item i was given, by as many raters as rated
// it; "" is no rating. Items with fewer than two say nothing. ok is false where that
// leaves no item. Where all ratings are of one value, nothing could differ and alpha
// is 1.
func Alpha(ratings [][]string) (alpha float64, ok bool) {
	byValue := map[string]float64{}
	var n, agreeing float64
	for _, item := range ratings {
		counts := map[string]float64{}
		var m float64
		for _, value := range item {
			if value != "" {
				counts[value]++
				m++
			}
		}
		if m < 2 {
			continue
		}
		n += m
		for value, count := range counts {
			byValue[value] += count
			agreeing += count * (count - 1) / (m - 1)
		}
	}
	if n == 0 {
		return 0, false
	}
	expected := n * n
	for _, count := range byValue {
		expected -= count * count
	}
	if expected == 0 {
		return 1, true
	}
	return 1 - (n-1)*(n-agreeing)/expected, true
}
