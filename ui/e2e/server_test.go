//go:build e2e

package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"
)

// front stands before the program that serves: it sees the worker's requests too,
// which the page's tab does not report, and can fail or slow them.
type front struct {
	mutex  sync.Mutex
	broken string // requests whose path holds this fail; "": none
	slow   time.Duration
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
	f.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mutex.Lock()
		broken, slow := f.broken, f.slow
		f.mutex.Unlock()
		if broken != "" && strings.Contains(r.URL.Path, broken) {
			http.Error(w, "blocked by the test", http.StatusServiceUnavailable)
			return
		}
		if slow > 0 && strings.HasSuffix(r.URL.Path, ".safetensors") {
			w = &slowWriter{ResponseWriter: w, pause: slow}
		}
		forward.ServeHTTP(w, r)
	}))
	return f, nil
}

func (f *front) set(broken string, slow time.Duration) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.broken, f.slow = broken, slow
}

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
