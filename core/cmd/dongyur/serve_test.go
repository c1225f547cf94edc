package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestServeSaysWhatIsMissing(t *testing.T) {
	for _, test := range []struct{ name, remove, want string }{
		{"page", ".build/page.wasm", "make page"},
		{"worker", ".build/trainer.wasm", "make page"},
		{"worker of the Go engine", ".build/trainer-go.wasm", "make page"},
		{"shim", ".build/wasm_exec.js", "make page"},
		{"WebGPU script", ".build/webgpu.js", "make page"},
		{"SIMD script", ".build/simd.js", "make page"},
		{"another folder", "index.html", "--dir"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := repository(t)
			if err := os.Remove(filepath.Join(dir, filepath.FromSlash(test.remove))); err != nil {
				t.Fatal(err)
			}
			err := (&serveCommand{Addr: "localhost:0", Dir: dir}).Run(context.Background(), &program{})
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), filepath.Base(test.remove)) {
				t.Errorf("error %v, want one that names %s and says %q", err, test.remove, test.want)
			}
		})
	}
}

func TestServePortInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	addr := taken.Addr().String()
	err = (&serveCommand{Addr: addr, Dir: repository(t)}).Run(context.Background(), &program{})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{addr, "in use", "ADDR=", "--addr"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
	if err := (&serveCommand{Addr: "nowhere", Dir: repository(t)}).Run(context.Background(), &program{}); err == nil || !strings.Contains(err.Error(), "--addr") {
		t.Errorf("error %v for an address without a port", err)
	}
}

func TestServeUntil(t *testing.T) {
	listener, err := listen("localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	// started is closed once a request is under way; it ends after the interrupt.
	started, release := make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(started)
		<-release
		io.WriteString(w, "whole answer")
	})
	go func() { ended <- serveUntil(ctx, listener, handler) }()
	answer := make(chan string, 1)
	go func() {
		response, err := http.Get(urlOf(listener.Addr(), "localhost:0"))
		if err != nil {
			answer <- err.Error()
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		answer <- string(body)
	}()
	<-started
	stop()
	time.Sleep(20 * time.Millisecond)
	close(release)
	if got := <-answer; got != "whole answer" {
		t.Errorf("a request under way at the interrupt got %q", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("an interrupt ended the server with %v, want nil", err)
	}
	if _, err := net.Dial("tcp", listener.Addr().String()); err == nil {
		t.Error("the port is still open")
	}
}

func TestURLOf(t *testing.T) {
	for _, test := range []struct{ actual, asked, want string }{
		{"127.0.0.1:8080", "localhost:8080", "http://localhost:8080"},
		{"[::]:8080", ":8080", "http://localhost:8080"},
		{"0.0.0.0:8080", "0.0.0.0:8080", "http://localhost:8080"},
		{"127.0.0.1:43210", "localhost:0", "http://localhost:43210"},
		{"[::1]:9000", "[::1]:9000", "http://[::1]:9000"},
		{"127.0.0.1:80", "localhost:80", "http://localhost"},
	} {
		actual, err := net.ResolveTCPAddr("tcp", test.actual)
		if err != nil {
			t.Fatal(err)
		}
		if got := urlOf(actual, test.asked); got != test.want {
			t.Errorf("urlOf(%s, %s) = %s, want %s", test.actual, test.asked, got, test.want)
		}
	}
}
