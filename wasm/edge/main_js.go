//go:build js && wasm

// Command edge is the hub at Cloudflare's edge: core/hub over D1 and R2, called by
// edge.mjs for every request below /hub/ that no cache answers.
//
// Input: the bindings DB (D1), FILES (R2) and the optional secret OPERATOR_KEY. Output:
// the same answers as `dongyur serve --hub`. Static files never come here.
package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"

	"github.com/syumai/workers"
	"github.com/syumai/workers/cloudflare"
	"github.com/syumai/workers/cloudflare/cron"
	"github.com/syumai/workers/cloudflare/d1"
	"github.com/syumai/workers/cloudflare/r2"

	"github.com/dongyur/dongyur/core/hub"
)

func main() {
	connector, err := d1.OpenConnector("DB")
	if err != nil {
		log.Fatalf("edge: the D1 binding DB: %v", err)
	}
	bucket, err := r2.NewBucket("FILES")
	if err != nil {
		log.Fatalf("edge: the R2 binding FILES: %v", err)
	}
	config := hub.Config{DB: sql.OpenDB(connector), Files: files{bucket}, Address: visitor}
	if key := cloudflare.Getenv("OPERATOR_KEY"); key != "<undefined>" {
		config.OperatorKey = key
	}
	h := hub.New(config)
	cron.ScheduleTaskNonBlock(func(ctx context.Context) error { return h.Sweep(ctx) })
	workers.Serve(h)
}

// visitor is the address that Cloudflare saw; a visitor cannot write this header.
func visitor(r *http.Request) string { return r.Header.Get("Cf-Connecting-Ip") }

// files are hub.Files in R2.
type files struct{ bucket *r2.Bucket }

// Put stores an object.
func (f files) Put(_ context.Context, name string, content []byte) error {
	if _, err := f.bucket.Put(name, io.NopCloser(bytes.NewReader(content)), nil); err != nil {
		return fmt.Errorf("put %s into R2: %w", name, err)
	}
	return nil
}

// Get reads an object whole.
func (f files) Get(_ context.Context, name string) ([]byte, error) {
	object, err := f.bucket.Get(name)
	if err != nil {
		return nil, fmt.Errorf("get %s from R2: %w", name, err)
	}
	if object == nil {
		return nil, fmt.Errorf("%s in R2: %w", name, fs.ErrNotExist)
	}
	return io.ReadAll(object.Body)
}

// Delete removes an object.
func (f files) Delete(_ context.Context, name string) error { return f.bucket.Delete(name) }
