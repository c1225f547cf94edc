// Package served embeds texts with an encoder that runs elsewhere, over the
// OpenAI embeddings protocol, which OpenAI, vLLM, llama.cpp, Ollama, TEI and
// others serve.
//
// In go texts; out comes one L2-normalised row a text, so that an Encoder serves
// as a reward's or a judge's. Texts are sent in batches; a refused or lost request
// is tried again with growing pauses; rows are kept on disk by server, model and
// text, so that a reference is paid for once.
//
// The texts leave the machine: nothing here is reached unless a server is named.
// Only core/cmd imports this package; the page has no part of it.
package served

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// DefaultURL is OpenAI's own server.
const DefaultURL = "https://api.openai.com/v1"

// Options of an Encoder. Zero values are filled in.
type Options struct {
	Model   string        // the server's name of the model
	URL     string        // up to and with /v1; "": DefaultURL
	Key     string        // bearer key; a server of one's own may want none
	Cache   string        // folder of kept rows; "": none are kept
	Batch   int           // texts a request; 0: 128
	Retries int           // further tries of a request; 0: 5, negative: none
	Timeout time.Duration // of one try; 0: 60 s
	Pause   time.Duration // longest between two tries; 0: 30 s
}

// Encoder asks a server for embeddings. It is used by one goroutine at a time.
type Encoder struct {
	options  Options
	service  openai.EmbeddingService
	kept     *rows
	Requests int // answered so far; what was kept needs none
}

// New prepares an encoder; nothing is sent yet. It is an error to name no model,
// to ask OpenAI without a key, or to name a cache that cannot be read.
func New(o Options) (*Encoder, error) {
	if o.Model == "" {
		return nil, errors.New("the name of the model is missing: write openai:MODEL or openai:MODEL@URL, for example openai:bge-m3@http://localhost:8080/v1")
	}
	if o.URL = strings.TrimRight(o.URL, "/"); o.URL == "" {
		o.URL = DefaultURL
	}
	if o.URL == DefaultURL && o.Key == "" {
		return nil, errors.New("OpenAI wants a key: set OPENAI_API_KEY, or name another server with openai:MODEL@URL")
	}
	o.Batch, o.Retries = cmp.Or(o.Batch, 128), cmp.Or(o.Retries, 5)
	o.Timeout, o.Pause = cmp.Or(o.Timeout, time.Minute), cmp.Or(o.Pause, 30*time.Second)
	settings := []option.RequestOption{option.WithBaseURL(o.URL + "/"), option.WithMaxRetries(max(0, o.Retries)),
		option.WithRequestTimeout(o.Timeout), option.WithMaxRetryDelay(o.Pause)}
	if o.Key != "" {
		settings = append(settings, option.WithAPIKey(o.Key))
	}
	kept, err := openRows(o.Cache, o.URL, o.Model)
	if err != nil {
		return nil, fmt.Errorf("kept embeddings: %w", err)
	}
	return &Encoder{options: o, service: openai.NewEmbeddingService(settings...), kept: kept}, nil
}

// Embed gives one row a text; blank texts, which servers refuse, have rows of
// zeros.
func (e *Encoder) Embed(texts []string) ([][]float32, error) {
	var missing []string
	asked := map[string]bool{}
	for _, text := range texts {
		if strings.TrimSpace(text) != "" && e.kept.get(text) == nil && !asked[text] {
			asked[text] = true
			missing = append(missing, text)
		}
	}
	for len(missing) > 0 {
		n := min(e.options.Batch, len(missing))
		if err := e.ask(missing[:n]); err != nil {
			return nil, fmt.Errorf("embeddings of %s at %s: %w", e.options.Model, e.options.URL, err)
		}
		missing = missing[n:]
	}
	embedded := make([][]float32, len(texts))
	for i, text := range texts {
		if embedded[i] = e.kept.get(text); embedded[i] == nil {
			embedded[i] = make([]float32, max(1, e.kept.width))
		}
	}
	return embedded, nil
}

// ask sends one batch and keeps its rows.
func (e *Encoder) ask(texts []string) error {
	response, err := e.service.New(context.Background(), openai.EmbeddingNewParams{
		Model: e.options.Model, Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: texts},
		EncodingFormat: openai.EmbeddingNewParamsEncodingFormatFloat,
	})
	if err != nil {
		return e.explain(err)
	}
	e.Requests++
	if len(response.Data) != len(texts) {
		return fmt.Errorf("the server gave %d rows for %d texts", len(response.Data), len(texts))
	}
	embedded := make([][]float32, len(texts))
	for _, d := range response.Data {
		if d.Index < 0 || int(d.Index) >= len(texts) || embedded[d.Index] != nil {
			return fmt.Errorf("the server gave row %d of %d twice or out of range", d.Index, len(texts))
		}
		if embedded[d.Index], err = normalised(d.Embedding); err != nil {
			return fmt.Errorf("row %d: %w", d.Index, err)
		}
	}
	return e.kept.add(texts, embedded)
}

// normalised scales a row to length 1.
func normalised(values []float64) ([]float32, error) {
	sum := 0.0
	for _, x := range values {
		sum += x * x
	}
	if !(sum > 0) || math.IsInf(sum, 0) {
		return nil, fmt.Errorf("%d numbers of squared length %v: a row must be finite and not zero; is this an embedding model?", len(values), sum)
	}
	row := make([]float32, len(values))
	for i, x := range values {
		row[i] = float32(x / math.Sqrt(sum))
	}
	return row, nil
}

// explain says what to do about a refused request.
func (e *Encoder) explain(err error) error {
	var refused *openai.Error
	if !errors.As(err, &refused) {
		if errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("no answer within %v, %d times: %w", e.options.Timeout, 1+max(0, e.options.Retries), err)
		}
		return fmt.Errorf("%w; is the server running, and does it speak the OpenAI embeddings protocol?", err)
	}
	advice := ""
	switch refused.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		advice = "; the key is missing or not accepted: set OPENAI_API_KEY"
	case http.StatusNotFound:
		advice = "; check the model's name and the URL, which usually ends in /v1"
	case http.StatusTooManyRequests:
		advice = fmt.Sprintf("; the limit of requests or the credit is used up, after %d tries: wait, or ask for a higher one", 1+max(0, e.options.Retries))
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		advice = "; a text may be longer than the model reads"
	}
	said := ""
	if refused.Message != "" {
		said = fmt.Sprintf(" (%s)", refused.Message)
	}
	return fmt.Errorf("%w%s%s", err, said, advice)
}
