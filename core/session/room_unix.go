//go:build linux || darwin

package session

import (
	"fmt"
	"syscall"
)

// free is how many bytes a folder's disk has left for this user.
func free(dir string) (bytes uint64, known bool, err error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0, false, fmt.Errorf("room on the disk of %s: %w", dir, err)
	}
	return uint64(disk.Bavail) * uint64(disk.Bsize), true, nil
}
