//go:build js && wasm

package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/dongyur/dongyur/core/protocol"
)

func TestDbg(t *testing.T) {
	shim(t)
	start := time.Now()
	for _, e := range []string{"webgpu", "go"} {
		gpuRun(t, e, gpuTrain("sft", 2), func(ev protocol.Event) {
			fmt.Println(time.Since(start), ev.Type, ev.Message, ev.Engine)
			if ev.Step != nil {
				fmt.Println(ev.Step.Loss)
			}
		})
	}
}
