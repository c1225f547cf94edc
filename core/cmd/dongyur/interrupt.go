package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// Ctrl-C (SIGINT) and SIGTERM end a command the same way: what it does is ended
// where it can go on from, and the exit code is 128 and the signal's number, as
// shells have it: 130 and 143. A second signal, a second later or more, ends the
// program at once.

// sameSignal is how soon after the first a second signal counts as the same one.
const sameSignal = time.Second

// notify gives a context that the first signal ends, and the exit code of that
// signal, 0 before it.
func notify(out io.Writer) (ctx context.Context, exitCode func() int) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	var code atomic.Int32
	go func() {
		got := <-signals
		if number, ok := got.(syscall.Signal); ok {
			code.Store(128 + int32(number))
		}
		fmt.Fprintf(out, "\ndongyur: %s: ending; once more ends at once\n", got)
		cancel()
		// timeout(1) and shells send a signal to the program and to its group: that is
		// one wish to end, not two.
		time.Sleep(sameSignal)
		signal.Stop(signals)
	}()
	return ctx, func() int { return int(code.Load()) }
}

// interrupted is the end of a command by a signal, and what to do next.
type interrupted struct{ next string }

func (e interrupted) Error() string { return "interrupted; " + e.next }
func (interrupted) Unwrap() error   { return context.Canceled }

// orInterrupted says what to do next where err is an interrupt.
func orInterrupted(err error, next string) error {
	if errors.Is(err, context.Canceled) {
		return interrupted{next}
	}
	return err
}
