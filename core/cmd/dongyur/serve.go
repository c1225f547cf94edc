package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

type serveCommand struct {
	Addr string `help:"Address to listen on; :8080 opens it to the network." default:"localhost:8080"`
	Dir  string `help:"The repository's folder, with index.html, assets and what make page built." default:"." type:"path"`

	hubFlags
}

// Help is the command's example.
func (serveCommand) Help() string {
	return "Example: dongyur serve --addr localhost:9000\n\n" +
		"Serves index.html, assets/, the built page and the web font, and nothing else of the folder. With --hub hub.db, people can\n" +
		"share projects and vote blind here; all of it is in that file. Ctrl-C ends it."
}

// The longest that an ending server waits for downloads under way, and that a client
// may take to send its request.
const (
	shutdownTime = 3 * time.Second
	headerTime   = 10 * time.Second
)

// Run serves until an interrupt.
func (c *serveCommand) Run(ctx context.Context, cli *program) error {
	if err := checkBuilt(c.Dir); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	root, err := os.OpenRoot(c.Dir)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	defer root.Close()
	var handler http.Handler = &site{root: root}
	if c.Hub != "" {
		var closing func() error
		if handler, closing, err = c.hubFlags.open(ctx, handler); err != nil {
			return fmt.Errorf("serve: %w", err)
		}
		defer closing()
	}
	listener, err := listen(c.Addr)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	url := urlOf(listener.Addr(), c.Addr)
	if cli.JSON {
		printJSON(map[string]any{"url": url, "dir": c.Dir, "hub": c.Hub})
	} else {
		fmt.Printf("Dongyur is at %s (Ctrl-C ends it)\n", url)
		if c.Hub != "" {
			fmt.Printf("What is shared here is kept in %s\n", c.Hub)
		}
	}
	return serveUntil(ctx, listener, handler)
}

// checkBuilt says what to run when the folder cannot be served yet.
func checkBuilt(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "index.html")); err != nil {
		return fmt.Errorf("%w; run it in the repository's folder or name that folder with --dir", err)
	}
	for _, name := range []string{"page.wasm", "trainer.wasm", "trainer-go.wasm", "wasm_exec.js", "webgpu.js", "simd.js"} {
		if _, err := os.Stat(filepath.Join(dir, ".build", name)); err != nil {
			return fmt.Errorf("%w; build the page with: make page", err)
		}
	}
	return nil
}

// listen opens a TCP address and says on failure how to choose another.
func listen(addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	const choose = "choose another address with --addr localhost:9000 (make run ADDR=localhost:9000)"
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use by another program; end that one or %s", addr, choose)
	case err != nil:
		return nil, fmt.Errorf("%w; %s", err, choose)
	}
	return listener, nil
}

// urlOf is what to type into a browser. The port is the listener's, as 0 asks the
// system for a free one.
func urlOf(actual net.Addr, asked string) string {
	host, _, err := net.SplitHostPort(asked)
	if ip := net.ParseIP(host); err != nil || host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	_, port, err := net.SplitHostPort(actual.String())
	if err != nil || port == "80" {
		return "http://" + host
	}
	return "http://" + net.JoinHostPort(host, port)
}

// serveUntil answers requests until ctx ends, then lets those under way finish.
func serveUntil(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTime}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	limit, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	if err := server.Shutdown(limit); err != nil {
		// A browser that holds a download open does not keep the program alive.
		return server.Close()
	}
	return nil
}
