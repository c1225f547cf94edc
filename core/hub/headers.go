package hub

import (
	"net/http"
	"strings"
)

// PageHeaders let the page load from its own origin alone, compile WebAssembly, and be
// isolated, which browsers ask for before they share memory with a worker.
var PageHeaders = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; " +
		"connect-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; manifest-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Embedder-Policy": "require-corp",
	"Cross-Origin-Resource-Policy": "same-origin",
	"X-Content-Type-Options":       "nosniff",
	"Referrer-Policy":              "no-referrer",
}

// AnswerHeaders are those of the hub's own answers: data that is never a page.
var AnswerHeaders = map[string]string{
	"Content-Security-Policy":      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Embedder-Policy": "require-corp",
	"Cross-Origin-Resource-Policy": "same-origin",
	"X-Content-Type-Options":       "nosniff",
	"Referrer-Policy":              "no-referrer",
	"Cache-Control":                "no-store",
}

// Pages are the hub's light pages by their addresses: files of the repository.
var Pages = map[string]string{
	"/vote":     "assets/hub/vote.html",
	"/campaign": "assets/hub/campaign.html",
	"/gallery":  "assets/hub/gallery.html",
	"/privacy":  "assets/hub/privacy.html",
}

// ShortPrefix is how the link to a shared project begins: ShortPrefix and its name lead
// to the page with SharedQuery and the name.
const (
	ShortPrefix = "/s/"
	SharedQuery = "/?shared="
)

// Short leads a short link to the page.
func Short(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.URL.Path, ShortPrefix)
	for name, value := range PageHeaders {
		w.Header().Set(name, value)
	}
	if !isName(id) {
		http.Error(w, "There is no such project.", http.StatusNotFound)
		return
	}
	w.Header().Set("Location", SharedQuery+id)
	w.WriteHeader(http.StatusFound)
}
