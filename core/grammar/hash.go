package grammar

// hashString is FNV-1a with the finaliser of SplitMix64 (Steele, Lea and Flood 2014):
// the same on every platform, which splits rely on.
func hashString(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return mix(h)
}

func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// share is a hash as a number in [0, 1).
func share(h uint64) float64 { return float64(h>>11) / (1 << 53) }
