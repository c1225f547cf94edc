package hub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"net/http"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"
)

// cacheTime is how long caches may keep what everyone may read, in seconds: what is
// unpublished or deleted is gone from them after it.
const cacheTime = 60

// reply is what a request gets.
type reply struct {
	status int // 0: 200
	body   any // as JSON, or
	raw    []byte
	kind   string // of raw
	name   string // file name of raw
	tag    string // ETag of raw
	cache  int    // seconds that anyone's cache may keep it; 0: nobody's
}

// failure is an error that who asked is told.
type failure struct {
	status int
	text   string
	wait   int64 // seconds until it is worth another try
}

func (f *failure) Error() string { return f.text }

func failf(status int, format string, args ...any) error {
	return &failure{status: status, text: fmt.Sprintf(format, args...)}
}

// answer makes an http.Handler of a function.
func (h *Hub) answer(handle func(*http.Request) (reply, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil { // of the edge's requests without one
			r.Body = http.NoBody
		}
		r.Body = http.MaxBytesReader(w, r.Body, h.Limits.Zip+1)
		out, err := handle(r)
		if err != nil {
			writeError(w, err)
			return
		}
		if out.cache > 0 {
			w.Header().Set("Cache-Control", "public, max-age="+strconv.Itoa(out.cache))
		}
		if out.kind != "" {
			writeRaw(w, r, out)
			return
		}
		writeJSON(w, out.status, out.body)
	})
}

func writeRaw(w http.ResponseWriter, r *http.Request, out reply) {
	w.Header().Set("Content-Type", out.kind)
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": out.name}))
	if out.tag != "" {
		w.Header().Set("ETag", `"`+out.tag+`"`)
		if r.Header.Get("If-None-Match") == `"`+out.tag+`"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(out.raw)))
	_, _ = w.Write(out.raw) // who asked may have gone
}

// writeJSON writes <, > and & as escapes, so that no text can be taken for markup.
func writeJSON(w http.ResponseWriter, status int, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		writeError(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(max(status, http.StatusOK))
	_, _ = w.Write(append(data, '\n'))
}

// writeError tells what is wrong; what is the hub's own trouble goes to its log.
func writeError(w http.ResponseWriter, err error) {
	var known *failure
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &known):
	case errors.As(err, &large):
		known = &failure{status: http.StatusRequestEntityTooLarge, text: fmt.Sprintf("This is more than %d MB.", large.Limit>>20)}
	default:
		log.Printf("hub: %v", err)
		known = &failure{status: http.StatusInternalServerError, text: "The hub could not do this; try again in a moment."}
	}
	w.Header().Set("Cache-Control", "no-store")
	if known.wait > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(known.wait, 10))
	}
	writeJSON(w, known.status, map[string]string{"error": known.text})
}

// maxJSON bounds a request of JSON that is no campaign, in bytes.
const maxJSON = 64 << 10

// read reads a request's JSON.
func read(r *http.Request, most int64, into any) error {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return failf(http.StatusUnsupportedMediaType, "Send JSON, with Content-Type: application/json.")
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	if err != nil {
		return err
	}
	if int64(len(data)) > most {
		return failf(http.StatusRequestEntityTooLarge, "This is more than %d KB.", most>>10)
	}
	if !utf8.Valid(data) {
		return failf(http.StatusBadRequest, "The text is no UTF-8.")
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return failf(http.StatusBadRequest, "The JSON cannot be read: %v.", err)
	}
	if decoder.More() {
		return failf(http.StatusBadRequest, "There is more after the JSON.")
	}
	return nil
}

// text checks a text that others will see: its length in characters, and that it holds
// no control characters but line breaks and tabs.
func text(name, value string, least, most int) error {
	n := utf8.RuneCountInString(value)
	if n < least {
		return failf(http.StatusBadRequest, "%s: it is missing.", name)
	}
	if n > most {
		return failf(http.StatusBadRequest, "%s: %d characters are more than %d.", name, n, most)
	}
	for _, r := range value {
		if unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' {
			return failf(http.StatusBadRequest, "%s: it holds the control character %U.", name, r)
		}
	}
	return nil
}

// tag checks a language's tag (BCP 47).
func tag(name, value string) error {
	if value == "" || len(value) > 35 {
		return failf(http.StatusBadRequest, "%s: give a language tag such as bo.", name)
	}
	for _, r := range value {
		if !(r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return failf(http.StatusBadRequest, "%s: %q is no language tag.", name, value)
		}
	}
	return nil
}

// moment is a time as answers give it, "" for never.
func moment(seconds int64) string {
	if seconds == 0 {
		return ""
	}
	return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
}
