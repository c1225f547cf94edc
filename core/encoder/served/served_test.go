package served

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// server answers as an OpenAI-compatible one does: a text's row is its length, the
// number of its a's and 1. answer, if set, may answer a request in its place.
type server struct {
	*httptest.Server
	requests int
	texts    int
	keys     []string
	answer   func(w http.ResponseWriter, request int) bool
}

func newServer(t *testing.T) *server {
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests++
		s.keys = append(s.keys, r.Header.Get("Authorization"))
		if s.answer != nil && s.answer(w, s.requests) {
			return
		}
		var body struct {
			Model  string   `json:"model"`
			Input  []string `json:"input"`
			Format string   `json:"encoding_format"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || r.URL.Path != "/v1/embeddings" || body.Model != "m" || body.Format != "float" {
			t.Errorf("request %s %+v: %v", r.URL.Path, body, err)
		}
		s.texts += len(body.Input)
		var rows []string
		for i, text := range body.Input {
			// In the opposite order: only the index counts.
			rows = append([]string{fmt.Sprintf(`{"object":"embedding","index":%d,"embedding":[%d,%d,1]}`, i, len(text), strings.Count(text, "a"))}, rows...)
		}
		reply(w, rows...)
	}))
	t.Cleanup(s.Close)
	return s
}

func reply(w http.ResponseWriter, rows ...string) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"object":"list","model":"m","data":[%s],"usage":{"prompt_tokens":1,"total_tokens":1}}`, strings.Join(rows, ","))
}

func (s *server) encoder(t *testing.T, change func(*Options)) *Encoder {
	t.Helper()
	o := Options{Model: "m", URL: s.URL + "/v1/", Key: "k", Batch: 2, Pause: time.Millisecond, Timeout: 5 * time.Second}
	if change != nil {
		change(&o)
	}
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// row is a text's row by hand.
func row(text string) [3]float64 {
	n, a := float64(len(text)), float64(strings.Count(text, "a"))
	norm := math.Sqrt(n*n + a*a + 1)
	return [3]float64{n / norm, a / norm, 1 / norm}
}

func TestEmbed(t *testing.T) {
	s := newServer(t)
	e := s.encoder(t, nil)
	texts := []string{"a", "banana", "", "xyz", "a", " ", "བོད"}
	rows, err := e.Embed(texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		want := row(text)
		if strings.TrimSpace(text) == "" {
			want = [3]float64{}
		}
		for j := range want {
			if len(rows[i]) != 3 || math.Abs(float64(rows[i][j])-want[j]) > 1e-6 {
				t.Errorf("%q: %v, want %v", text, rows[i], want)
			}
		}
	}
	// Four texts in batches of two; the blank ones and the second "a" are not sent.
	if s.requests != 2 || s.texts != 4 || e.Requests != 2 || s.keys[0] != "Bearer k" {
		t.Errorf("%d requests of %d texts with %q", s.requests, s.texts, s.keys)
	}
	if _, err := e.Embed(texts); err != nil || s.requests != 2 {
		t.Errorf("asked again: %d requests, %v", s.requests, err)
	}
}

// Rows outlive the program, are one model's own, and a damaged end is dropped.
func TestRowsAreKept(t *testing.T) {
	s, folder := newServer(t), t.TempDir()
	kept := func(o *Options) { o.Cache = folder }
	first, err := s.encoder(t, kept).Embed([]string{"one", "two", "three"})
	if err != nil {
		t.Fatal(err)
	}
	sent := s.texts
	second, err := s.encoder(t, kept).Embed([]string{"three", "one"})
	if err != nil || s.texts != sent || fmt.Sprint(second) != fmt.Sprint([][]float32{first[2], first[0]}) {
		t.Errorf("kept rows %v, %v, after %d texts", second, err, s.texts)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.rows"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %q, %v", files, err)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	size := 32 + 4*3 + 4
	for name, damage := range map[string][]byte{
		"cut off": content[:len(content)-5],
		"flipped": append(append([]byte{}, content[:len(content)-size]...), append([]byte{content[len(content)-size] ^ 1}, content[len(content)-size+1:]...)...),
	} {
		if err := os.WriteFile(files[0], damage, 0o600); err != nil {
			t.Fatal(err)
		}
		sent = s.texts
		again, err := s.encoder(t, kept).Embed([]string{"one", "two", "three"})
		if err != nil || s.texts != sent+1 || fmt.Sprint(again) != fmt.Sprint(first) {
			t.Errorf("%s: %v, %v, %d texts sent anew, want 1", name, again, err, s.texts-sent)
		}
	}
	other := newServer(t)
	if _, err := other.encoder(t, kept).Embed([]string{"one"}); err != nil || other.texts != 1 {
		t.Errorf("another server's row was taken: %v", err)
	}
	// The server changes its model under the same name.
	s.answer = func(w http.ResponseWriter, _ int) bool {
		reply(w, `{"index":0,"embedding":[1,2]}`)
		return true
	}
	if _, err := s.encoder(t, kept).Embed([]string{"new"}); err == nil || !strings.Contains(err.Error(), "has 2 numbers") || !strings.Contains(err.Error(), files[0]) {
		t.Errorf("another width: %v", err)
	}
	if err := os.WriteFile(files[0], []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Model: "m", URL: s.URL + "/v1", Cache: folder}); err == nil || !strings.Contains(err.Error(), "delete it") {
		t.Errorf("a file of something else: %v", err)
	}
}

// Lost and refused requests are tried again, as often as is asked for.
func TestRetries(t *testing.T) {
	for _, status := range []int{http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable} {
		s := newServer(t)
		s.answer = func(w http.ResponseWriter, request int) bool {
			if request > 2 {
				return false
			}
			w.Header().Set("Retry-After-Ms", "1")
			w.WriteHeader(status)
			return true
		}
		if _, err := s.encoder(t, nil).Embed([]string{"a"}); err != nil || s.requests != 3 {
			t.Errorf("status %d: %d requests, %v", status, s.requests, err)
		}
	}
	s := newServer(t)
	s.answer = func(w http.ResponseWriter, request int) bool {
		if request == 1 {
			panic(http.ErrAbortHandler) // the connection breaks
		}
		return false
	}
	if _, err := s.encoder(t, nil).Embed([]string{"a"}); err != nil || s.requests != 2 {
		t.Errorf("a broken connection: %d requests, %v", s.requests, err)
	}
}

func TestErrors(t *testing.T) {
	refuse := func(status int, message string) func(http.ResponseWriter, int) bool {
		return func(w http.ResponseWriter, _ int) bool {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"error":{"message":%q,"type":"x","code":"y","param":"z"}}`, message)
			return true
		}
	}
	give := func(rows ...string) func(http.ResponseWriter, int) bool {
		return func(w http.ResponseWriter, _ int) bool {
			reply(w, rows...)
			return true
		}
	}
	for _, test := range []struct {
		name   string
		answer func(http.ResponseWriter, int) bool
		tries  int
		want   []string
	}{
		{"no key", refuse(http.StatusUnauthorized, "bad key"), 1, []string{"401", "bad key", "OPENAI_API_KEY"}},
		{"no model", refuse(http.StatusNotFound, "no such model"), 1, []string{"404", "no such model", "/v1"}},
		{"limit", refuse(http.StatusTooManyRequests, "slow down"), 3, []string{"429", "slow down", "3 tries"}},
		{"long text", refuse(http.StatusBadRequest, "too long"), 1, []string{"400", "too long", "longer than the model reads"}},
		{"fewer rows", give(`{"index":0,"embedding":[1]}`), 1, []string{"1 rows for 2 texts"}},
		{"a row twice", give(`{"index":0,"embedding":[1]}`, `{"index":0,"embedding":[1]}`), 1, []string{"row 0 of 2 twice"}},
		{"out of range", give(`{"index":7,"embedding":[1]}`, `{"index":0,"embedding":[1]}`), 1, []string{"row 7"}},
		{"uneven rows", give(`{"index":0,"embedding":[1,2]}`, `{"index":1,"embedding":[1]}`), 1, []string{"row 1 has 1 numbers", "have 2"}},
		{"zeros", give(`{"index":0,"embedding":[0,0]}`, `{"index":1,"embedding":[1,1]}`), 1, []string{"row 0", "finite and not zero"}},
		{"no numbers", give(`{"index":0,"embedding":[]}`, `{"index":1,"embedding":[1,1]}`), 1, []string{"row 0"}},
		// NaN is no JSON, but servers written in Python send it.
		{"NaN", give(`{"index":0,"embedding":[NaN,1]}`, `{"index":1,"embedding":[1,1]}`), 0, []string{"m at http"}},
		{"huge", give(`{"index":0,"embedding":[1e300,1e300]}`, `{"index":1,"embedding":[1,1]}`), 1, []string{"row 0", "+Inf"}},
		{"a page", func(w http.ResponseWriter, _ int) bool { fmt.Fprint(w, "<html>"); return true }, 0, []string{"m at http"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			s.answer = test.answer
			_, err := s.encoder(t, func(o *Options) { o.Retries = 2 }).Embed([]string{"one", "two"})
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want one with %q", err, want)
				}
			}
			if test.tries > 0 && s.requests != test.tries {
				t.Errorf("%d requests, want %d", s.requests, test.tries)
			}
		})
	}
}

func TestTimeout(t *testing.T) {
	s := newServer(t)
	held := make(chan struct{})
	s.answer = func(http.ResponseWriter, int) bool { <-held; return true }
	defer close(held)
	_, err := s.encoder(t, func(o *Options) { o.Timeout, o.Retries = 20*time.Millisecond, -1 }).Embed([]string{"a"})
	if err == nil || !strings.Contains(err.Error(), "no answer within 20ms, 1 times") {
		t.Errorf("error %v", err)
	}
	gone := newServer(t)
	gone.Close()
	_, err = gone.encoder(t, func(o *Options) { o.Retries = -1 }).Embed([]string{"a"})
	if err == nil || !strings.Contains(err.Error(), "is the server running") {
		t.Errorf("no server: error %v", err)
	}
}

func TestNewErrors(t *testing.T) {
	for want, o := range map[string]Options{
		"name of the model is missing": {URL: "http://localhost/v1"},
		"OPENAI_API_KEY":               {Model: "m"},
		"kept embeddings":              {Model: "m", URL: "http://localhost/v1", Cache: "/dev/null/x"},
	} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	// A server of one's own may want no key.
	s := newServer(t)
	if _, err := s.encoder(t, func(o *Options) { o.Key = "" }).Embed([]string{"a"}); err != nil || s.keys[0] != "" {
		t.Errorf("without a key: %q, %v", s.keys, err)
	}
}
