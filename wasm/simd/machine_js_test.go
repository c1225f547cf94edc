package simd

// newTestMachine opens what a browser would: threads where parts are more than one.
func newTestMachine(parts int) (machine, error) {
	target, err := Open(Options{Threads: parts})
	if err != nil {
		return nil, err
	}
	return target.machine, nil
}
