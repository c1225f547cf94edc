//go:build !linux && !darwin

package session

// free is not known here: a disk that is full is noticed as it is written.
func free(string) (bytes uint64, known bool, err error) { return 0, false, nil }
