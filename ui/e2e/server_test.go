//go:build e2e

package e2e

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// front stands before the program that serves: it sees the worker's requests too,
// which the page's tab does not report, and can fail or slow them.
type front struct {
	mutex  sync.Mutex
	broken string // requests whose path holds this fail; "": none
	slow   time.Duration
	before string // put before the script that starts the worker
	sent   atomic.Int64
	server *httptest.Server
}

func newFront(behind string) (*front, error) {
	target, err := url.Parse(behind)
	if err != nil {
		return nil, err
	}
	f := &front{}
	forward := httputil.NewSingleHostReverseProxy(target)
	forward.FlushInterval = -1
	forward.ModifyResponse = func(answer *http.Response) error {
		f.mutex.Lock()
		defer f.mutex.Unlock()
		if f.before == "" || !strings.HasSuffix(answer.Request.URL.Path, "/assets/trainer.js") {
			return nil
		}
		script, err := io.ReadAll(answer.Body)
		script = append([]byte(f.before), script...)
		answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(script)), int64(len(script))
		answer.Header.Set("Content-Length", strconv.Itoa(len(script)))
		answer.Header.Del("ETag") // another text, not to be kept
		answer.Header.Del("Last-Modified")
		return err
	}
	f.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mutex.Lock()
		broken, slow := f.broken, f.slow
		if f.before != "" {
			r.Header.Del("If-None-Match")
			r.Header.Del("If-Modified-Since")
		}
		f.mutex.Unlock()
		if broken != "" && strings.Contains(r.URL.Path, broken) {
			http.Error(w, "blocked by the test", http.StatusServiceUnavailable)
			return
		}
		if slow > 0 && strings.HasSuffix(r.URL.Path, ".safetensors") {
			w = &slowWriter{ResponseWriter: w, pause: slow}
		}
		forward.ServeHTTP(&countingWriter{w, &f.sent}, r)
	}))
	return f, nil
}

// startWith puts text before the script that starts the worker; "": nothing.
func (f *front) startWith(text string) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.before = text
}

func (f *front) set(broken string, slow time.Duration) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.broken, f.slow = broken, slow
}

// countingWriter counts the bytes of bodies, as they are sent: compressed where they are.
type countingWriter struct {
	http.ResponseWriter
	sent *atomic.Int64
}

func (w *countingWriter) Write(data []byte) (int, error) {
	n, err := w.ResponseWriter.Write(data)
	w.sent.Add(int64(n))
	return n, err
}

func (w *countingWriter) Flush() { w.ResponseWriter.(http.Flusher).Flush() }

// slowWriter waits before each part that it sends.
type slowWriter struct {
	http.ResponseWriter
	pause time.Duration
}

func (w *slowWriter) Write(data []byte) (int, error) {
	time.Sleep(w.pause)
	return w.ResponseWriter.Write(data)
}

func (w *slowWriter) Flush() { w.ResponseWriter.(http.Flusher).Flush() }
