package webgpu

import "fmt"

// LimitError says that a device cannot hold or bind something.
type LimitError struct {
	What        string // tensor, buffer or step, by name
	Size, Limit int64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("webgpu: %s: %d is more than this adapter's limit of %d; use smaller batches, or another adapter", e.What, e.Size, e.Limit)
}
