package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// pageHTML prints what the worker prints to the console.
const pageHTML = `<!doctype html><meta charset="utf-8"><title>bench</title><script>
function bench(argv) {
  const worker = new Worker("worker.js");
  worker.onmessage = (event) => console.log(event.data);
  worker.onerror = (event) => console.log(event.message);
  worker.postMessage(argv);
}
</script>`

// workerScript runs the program, in a worker as the product's page does: threads can be
// waited for there alone.
const workerScript = `importScripts("wasm_exec.js", "shim.js");
console.log = (text) => postMessage(text);
onmessage = async (event) => {
  const go = new Go();
  go.argv = event.data;
  const { instance } = await WebAssembly.instantiateStreaming(fetch("bench.wasm"), go.importObject);
  await go.run(instance);
  postMessage("bench is done");
};`

// pageTimeout is how long one workload may take in the page.
const pageTimeout = 30 * time.Minute

// chromium measures in headless Chromium: for each workload ours, then each peer's.
func (c *comparison) chromium(ctx context.Context, peers []string) error {
	if c.browser == "" {
		note("Chromium is skipped: install it, or name one with CHROME")
		return nil
	}
	server, err := c.serve()
	if err != nil {
		return err
	}
	defer server.Close()
	flags := chromeFlags()
	for _, workload := range append(c.workloads, c.own...) {
		for _, engine := range c.ours(workload) {
			if err := c.page(ctx, server.Addr, flags, engine, workload); err != nil && ctx.Err() == nil {
				note("Chromium, %s: %v", workload, err)
			}
		}
		if c.peers == "" || !slices.Contains(c.workloads, workload) {
			continue
		}
		for _, peer := range peers {
			c.collect(ctx, c.peers, append(peerLimits(), "PEERS_CHROMIUM="+c.browser, "PEERS_CHROME_FLAGS="+strings.Join(flags, " ")),
				"node", "run_chrome.mjs", "--peer="+peer, "--backend="+c.backend, "--workloads="+workload)
		}
	}
	return ctx.Err()
}

// chromeFlags are those for the software adapter; CHROME_FLAGS has others for a GPU.
func chromeFlags() []string {
	if flags := os.Getenv("CHROME_FLAGS"); flags != "" {
		return strings.Fields(flags)
	}
	return []string{"--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"}
}

// serve serves the page and what it loads, on a port of its own.
func (c *comparison) serve() (*http.Server, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("find wasm_exec.js: go env GOROOT: %w", err)
	}
	files := map[string]string{
		"/bench.wasm": filepath.Join(c.build, "bench.wasm"), "/shim.js": "wasm/webgpu/shim.js",
		"/wasm_exec.js": filepath.Join(strings.TrimSpace(string(root)), "lib/wasm/wasm_exec.js"),
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Addr: listener.Addr().String(), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin") // threads share memory in isolated pages alone
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		if file, ok := files[r.URL.Path]; ok {
			http.ServeFile(w, r, file)
			return
		}
		if r.URL.Path == "/worker.js" {
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, workerScript)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, pageHTML)
	})}
	go server.Serve(listener)
	return server, nil
}

// page runs one workload in a fresh browser.
func (c *comparison) page(ctx context.Context, address string, flags []string, engine, workload string) error {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(c.browser), chromedp.NoSandbox, chromedp.Flag("disable-gpu-watchdog", true))
	for _, flag := range flags {
		name, value, has := strings.Cut(strings.TrimPrefix(flag, "--"), "=")
		if has {
			options = append(options, chromedp.Flag(name, value))
		} else {
			options = append(options, chromedp.Flag(name, true))
		}
	}
	// Its own default turns the GPU off.
	options = append(options, chromedp.Flag("disable-gpu", false))
	ctx, stop := context.WithTimeout(ctx, pageTimeout)
	defer stop()
	ctx, stop = chromedp.NewExecAllocator(ctx, options...)
	defer stop()
	ctx, stop = chromedp.NewContext(ctx)
	defer stop()
	done := make(chan struct{})
	chromedp.ListenTarget(ctx, func(event any) {
		printed, ok := event.(*runtime.EventConsoleAPICalled)
		if !ok || len(printed.Args) == 0 {
			return
		}
		var text string
		if json.Unmarshal(printed.Args[0].Value, &text) != nil {
			return
		}
		switch {
		case text == "bench is done":
			close(done)
		case strings.HasPrefix(text, "{"):
			c.add(text)
		default:
			note("Chromium: %s", text)
		}
	})
	args, err := json.Marshal([]string{"bench", "-engine", engine, "-host", "chromium", "-seconds", fmt.Sprint(c.seconds), "-workloads", workload})
	if err != nil {
		return err
	}
	if err := chromedp.Run(ctx, chromedp.Navigate("http://"+address+"/"), chromedp.Evaluate(fmt.Sprintf("void bench(%s)", args), nil)); err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("after %v: %w", pageTimeout, ctx.Err())
	}
}
