package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dongyur/dongyur/core/hub"
	"github.com/dongyur/dongyur/core/hub/sqlite"
)

// hubFlags say whether `serve` keeps a hub too.
type hubFlags struct {
	Hub           string `help:"Keep a hub for shared projects and blind votes in this SQLite file; without it, nothing can be shared." type:"path" placeholder:"FILE"`
	OperatorKey   string `help:"Key, 32 bytes as base64url, that reads reports and hides projects." env:"DONGYUR_HUB_OPERATOR"`
	AddressHeader string `help:"Behind a proxy: the header in which it gives the visitor's address, such as X-Real-IP. The hub's limits go by it." placeholder:"NAME"`
}

// sweepEvery is how often the hub deletes what has expired.
const sweepEvery = time.Hour

// open opens the hub and gives a handler that asks it for what is its own, and the page's
// site for the rest. The hub deletes what has expired until ctx ends.
func (f *hubFlags) open(ctx context.Context, pages http.Handler) (handler http.Handler, closing func() error, err error) {
	if err := os.MkdirAll(filepath.Dir(f.Hub), 0o700); err != nil {
		return nil, nil, fmt.Errorf("make a folder for the hub: %w", err)
	}
	db, err := sqlite.Open(ctx, f.Hub)
	if err != nil {
		return nil, nil, err
	}
	config := hub.Config{DB: db, Files: hub.InDatabase{DB: db}, OperatorKey: f.OperatorKey}
	if f.AddressHeader != "" {
		config.Address = f.behindProxy
	}
	h := hub.New(config)
	go sweep(ctx, h)
	mux := http.NewServeMux()
	mux.Handle("/", pages)
	mux.Handle("/hub/", h)
	mux.HandleFunc("GET "+hub.ShortPrefix, hub.Short)
	return mux, db.Close, nil
}

// behindProxy is the last address in the proxy's header: those before it, anyone may
// have written.
func (f *hubFlags) behindProxy(r *http.Request) string {
	values := r.Header.Values(f.AddressHeader)
	if len(values) == 0 {
		host, _, _ := net.SplitHostPort(r.RemoteAddr) // of a connection
		return host
	}
	list := strings.Split(values[len(values)-1], ",")
	return strings.TrimSpace(list[len(list)-1])
}

// sweep sweeps now and every hour.
func sweep(ctx context.Context, h *hub.Hub) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if err := h.Sweep(ctx); err != nil && ctx.Err() == nil {
			log.Printf("hub: delete what has expired: %v", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
