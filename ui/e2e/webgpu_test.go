//go:build e2e

package e2e

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// withWebGPU opens a second browser, with WebGPU on Chromium's software adapter.
func withWebGPU(t *testing.T, limit time.Duration) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.Flag("headless", "new"), chromedp.Flag("no-sandbox", true),
		chromedp.Flag("enable-unsafe-webgpu", true), chromedp.Flag("use-webgpu-adapter", "swiftshader"),
		chromedp.WSURLReadTimeout(2*time.Minute))
	if path := os.Getenv("CHROME"); path != "" {
		options = append(options, chromedp.ExecPath(path))
	}
	allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(endAllocator)
	browser, endBrowser := chromedp.NewContext(allocator, chromedp.WithBrowserOption(chromedp.WithDialTimeout(2*time.Minute)))
	t.Cleanup(endBrowser)
	if err := chromedp.Run(browser); err != nil { // the browser lives as long as this context, not as the limit
		t.Fatalf("open the browser: %v; CHROME names one", err)
	}
	limited, cancel := context.WithTimeout(browser, limit)
	t.Cleanup(cancel)
	return limited
}

// testPage runs a Go test binary and keeps what it prints.
const testPage = `<!doctype html><title>running</title>
<script src="wasm_exec.js"></script><script src="shim.js"></script><script>
window.output = "";
const decoder = new TextDecoder();
globalThis.fs.writeSync = (_, bytes) => { window.output += decoder.decode(bytes); return bytes.length; };
const go = new Go();
go.argv = ["webgpu.test", "-test.v", "-test.run=TestPlans|TestTune$|TestReductions$|TestBackend/(BinaryOps|SpecialOps|DotGeneral)$"];
go.exit = (code) => { document.title = "exit " + code; };
WebAssembly.instantiateStreaming(fetch("webgpu.wasm"), go.importObject).then(({ instance }) => go.run(instance));
</script>`

// TestWebGPUBackend runs a part of the backend's tests in Chromium; make test-webgpu
// runs all of them in Node.
func TestWebGPUBackend(t *testing.T) {
	dir := t.TempDir()
	build := exec.Command("go", "test", "-c", "-vet=off", "-o", filepath.Join(dir, "webgpu.wasm"), "../../wasm/webgpu")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOEXPERIMENT=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the tests: %v\n%s", err, out)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]string{
		"wasm_exec.js": filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"),
		"shim.js":      filepath.Join("..", "..", "wasm", "webgpu", "shim.js"),
	} {
		content, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte(testPage), 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	browser := withWebGPU(t, 4*time.Minute)
	var title, output string
	err = chromedp.Run(browser, chromedp.Navigate(server.URL),
		chromedp.Poll(`document.title.startsWith("exit")`, nil, chromedp.WithPollingInterval(200*time.Millisecond), chromedp.WithPollingTimeout(0)),
		chromedp.Title(&title))
	_ = chromedp.Run(browser, chromedp.Evaluate(`window.output`, &output))
	switch {
	case err != nil:
		t.Fatalf("%v\n%s", err, output)
	case strings.Contains(output, "no WebGPU adapter"):
		t.Skip("this Chromium has no software adapter for WebGPU")
	case title != "exit 0" || !strings.Contains(output, "--- PASS: TestPlans"):
		t.Errorf("%s\n%s", title, output)
	}
}

// TestPageSaysItsEngine opens the page where there is a choice of engines.
func TestPageSaysItsEngine(t *testing.T) {
	start(t)
	browser := withWebGPU(t, 2*time.Minute)
	var engine, reason string
	err := chromedp.Run(browser, chromedp.Navigate(address),
		chromedp.Poll(`document.querySelector("#engine")?.innerText.includes("engine: ")`, nil, chromedp.WithPollingTimeout(0)),
		chromedp.Text("#engine", &engine), chromedp.AttributeValue("#engine", "title", &reason, nil))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(reason, "ms for a trial step") || !strings.Contains(reason, "webgpu") && !strings.Contains(reason, "WebGPU") {
		t.Errorf("%s, because %q; want times of both engines", engine, reason)
	}
	t.Logf("%s: %s", engine, reason)
}

// TestTwentyStepsByEngine times the default run on each engine, WebGPU on Chromium's
// software adapter.
func TestTwentyStepsByEngine(t *testing.T) {
	if os.Getenv("BENCH") == "" {
		t.Skip("set BENCH=1 to time 20 GRPO steps on each engine")
	}
	start(t)
	poll := func(what string) chromedp.Action {
		return chromedp.Poll(what, nil, chromedp.WithPollingInterval(100*time.Millisecond), chromedp.WithPollingTimeout(0))
	}
	for _, engine := range []string{"simd", "webgpu", "go"} {
		browser := withWebGPU(t, 10*time.Minute)
		if err := chromedp.Run(browser, chromedp.EmulateViewport(1400, 900), chromedp.Navigate(address+"?engine="+engine), poll(rowsAreThere),
			chromedp.Click("#load"), poll(`document.querySelector("#loaded")`)); err != nil {
			t.Fatalf("%s: %v", engine, err)
		}
		var shown string
		begun := time.Now()
		if err := chromedp.Run(browser, chromedp.Click("#play"), poll(stepShown+` >= 1`)); err != nil {
			t.Fatalf("%s: %v", engine, err)
		}
		first := time.Since(begun)
		if err := chromedp.Run(browser, poll(stepShown+` >= 20`), chromedp.Text("#engine", &shown)); err != nil {
			t.Fatalf("%s: %v", engine, err)
		}
		if !strings.Contains(strings.ToLower(shown), engine) {
			t.Errorf("asked for %s, the page says %q", engine, shown)
		}
		t.Logf("%s: 20 GRPO steps in %.1f s, the first in %.1f", engine, time.Since(begun).Seconds(), first.Seconds())
	}
}
