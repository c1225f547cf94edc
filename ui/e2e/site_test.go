//go:build e2e

// Package e2e drives the built page in a real Chromium through chromedp.
//
// It expects .build/dongyur and what the page loads in .build (`make
// build`), serves the repository with the program on a free port, and opens the
// browser that CHROME names. SITE names another folder to serve.
package e2e

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

var (
	serveOnce sync.Once
	address   string
	gate      *front
	chrome    context.Context
	problem   string
)

func TestMain(m *testing.M) {
	code := m.Run()
	for _, end := range atEnd {
		end()
	}
	os.Exit(code)
}

var atEnd []func()

// site is the folder that is served.
func site() string {
	if dir := os.Getenv("SITE"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..")
}

// start serves the site and opens the browser, once for all tests.
func start(t *testing.T) {
	t.Helper()
	serveOnce.Do(func() {
		problem = serve()
		if problem == "" {
			openBrowser()
		}
	})
	if problem != "" {
		t.Fatal(problem)
	}
}

func serve() string {
	program, err := filepath.Abs(filepath.Join("..", "..", ".build", "dongyur"))
	if err != nil {
		return err.Error()
	}
	for _, need := range []string{program, filepath.Join(site(), ".build", "page.wasm"), filepath.Join(site(), ".build", "trainer.wasm"), filepath.Join(site(), ".build", "trainer-go.wasm")} {
		if _, err := os.Stat(need); err != nil {
			return need + " is missing; run make build first"
		}
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err.Error()
	}
	where := free.Addr().String()
	free.Close()
	shelf, err := os.MkdirTemp("", "hub")
	if err != nil {
		return err.Error()
	}
	cmd := exec.Command(program, "serve", "--addr", where, "--dir", site(), "--hub", filepath.Join(shelf, "hub.db"))
	output, err := cmd.StderrPipe()
	if err != nil {
		return err.Error()
	}
	if err := cmd.Start(); err != nil {
		return err.Error()
	}
	var said strings.Builder
	go func() {
		for lines := bufio.NewScanner(output); lines.Scan(); {
			said.WriteString(lines.Text() + "\n")
		}
	}()
	atEnd = append(atEnd, func() {
		cmd.Process.Kill()
		cmd.Wait()
		os.RemoveAll(shelf)
	})
	server, err := newFront("http://" + where)
	if err != nil {
		return err.Error()
	}
	gate, address = server, server.server.URL+"/"
	for range 100 {
		if answer, err := http.Get(address); err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return ""
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	return "dongyur serve does not answer: " + said.String()
}

func openBrowser() {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.Flag("headless", "new"), chromedp.Flag("no-sandbox", true), chromedp.Flag("mute-audio", true),
		chromedp.WindowSize(1400, 900), chromedp.WSURLReadTimeout(2*time.Minute)) // a busy machine starts a browser slowly
	if path := os.Getenv("CHROME"); path != "" {
		options = append(options, chromedp.ExecPath(path))
	}
	allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	main, endBrowser := chromedp.NewContext(allocator, chromedp.WithBrowserOption(chromedp.WithDialTimeout(2*time.Minute)))
	if err := chromedp.Run(main); err != nil {
		problem = "open the browser: " + err.Error() + "; CHROME names one"
	}
	chrome = main
	atEnd = append(atEnd, func() { endBrowser(); endAllocator() })
}

// tab is one open page; it remembers what the page asked for and complained of.
type tab struct {
	*testing.T
	context.Context
	id       target.ID
	profile  cdp.BrowserContextID // what it keeps is seen by its tabs alone
	mutex    sync.Mutex
	requests []string
	errors   []string
}

// open opens the page in a new tab with a profile of its own, where nothing is kept
// yet, and waits until it runs.
func open(t *testing.T, limit time.Duration, before ...chromedp.Action) *tab {
	t.Helper()
	return openTab(t, limit, newProfile(t), before...)
}

// newProfile makes a profile where nothing is kept yet.
func newProfile(t *testing.T) cdp.BrowserContextID {
	t.Helper()
	start(t)
	var profile cdp.BrowserContextID
	err := inBrowser(func(ctx context.Context) (err error) {
		profile, err = target.CreateBrowserContext().Do(ctx)
		return err
	})
	if err != nil {
		t.Fatalf("make a profile: %v", err)
	}
	t.Cleanup(func() {
		if err := inBrowser(target.DisposeBrowserContext(profile).Do); err != nil {
			t.Logf("take the profile away: %v", err)
		}
	})
	return profile
}

// inBrowser gives a command to the browser and not to a tab. It waits for 20 seconds at
// most: a browser that takes away a profile amid a navigation may never answer.
func inBrowser(command func(context.Context) error) error {
	limited, cancel := context.WithTimeout(cdp.WithExecutor(chrome, chromedp.FromContext(chrome).Browser), 20*time.Second)
	defer cancel()
	return command(limited)
}

// openTab opens the page in a new tab of a profile.
func openTab(t *testing.T, limit time.Duration, profile cdp.BrowserContextID, before ...chromedp.Action) *tab {
	t.Helper()
	p := newTab(t, limit, profile)
	p.do(before...)
	p.do(chromedp.Navigate(address))
	p.until(`document.documentElement.dataset.page === "ready"`, 30*time.Second)
	return p
}

// newTab opens a tab of a profile with nothing in it.
func newTab(t *testing.T, limit time.Duration, profile cdp.BrowserContextID) *tab {
	t.Helper()
	var id target.ID
	err := inBrowser(func(ctx context.Context) (err error) {
		id, err = target.CreateTarget("about:blank").WithBrowserContextID(profile).WithNewWindow(true).WithWidth(1400).WithHeight(900).Do(ctx)
		return err
	})
	if err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	inner, closeTab := chromedp.NewContext(chrome, chromedp.WithTargetID(id))
	withLimit, cancel := context.WithTimeout(inner, limit)
	t.Cleanup(func() { cancel(); closeTab() })
	p := &tab{T: t, Context: withLimit, id: id, profile: profile}
	chromedp.ListenTarget(withLimit, p.listen)
	p.do(network.Enable(), runtime.Enable())
	return p
}

func (p *tab) listen(event any) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	case *runtime.EventExceptionThrown:
		p.errors = append(p.errors, e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError {
			for _, a := range e.Args {
				p.errors = append(p.errors, string(a.Value)+a.Description)
			}
		}
	}
}

func (p *tab) do(actions ...chromedp.Action) {
	p.Helper()
	if err := chromedp.Run(p.Context, actions...); err != nil {
		p.Fatalf("browser: %v; the page complained of %q", err, p.complaints())
	}
}

// isLeft tells whether a document was asked that is being left for another one.
func isLeft(err error) bool {
	return strings.Contains(err.Error(), "navigated or closed") || strings.Contains(err.Error(), "context was destroyed") ||
		strings.Contains(err.Error(), "Cannot find context")
}

func (p *tab) complaints() []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return append([]string(nil), p.errors...)
}

// awaited has an expression's promise settled first.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// addScript runs a script in each document before the page's own.
func addScript(ctx context.Context, source string) error {
	_, err := page.AddScriptToEvaluateOnNewDocument(source).Do(ctx)
	return err
}

// eval gives the value of a JavaScript expression.
func eval[V any](p *tab, expression string) V {
	p.Helper()
	var value V
	p.do(chromedp.Evaluate(expression, &value))
	return value
}

// until waits for an expression to become true, also where the page opens anew meanwhile.
func (p *tab) until(expression string, limit time.Duration) {
	p.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(50 * time.Millisecond) {
		var is bool
		err := chromedp.Run(p.Context, chromedp.Evaluate(`!!(`+expression+`)`, &is))
		if err != nil && !isLeft(err) {
			p.Fatalf("browser: %v; the page complained of %q", err, p.complaints())
		}
		if is {
			return
		}
		if time.Now().After(end) {
			p.Fatalf("after %v still not: %s\nthe page says: %s\nand complained of %q", limit, expression,
				eval[string](p, `document.body.innerText`), p.complaints())
		}
	}
}

// click presses an element as soon as it is there and not disabled.
func (p *tab) click(selector string) {
	p.Helper()
	p.until(`(e => e && !e.disabled && (e.click(), true))(document.querySelector("`+selector+`"))`, 60*time.Second)
}

// fill types a value into a field as a user would leave it.
func (p *tab) fill(selector, value string) {
	p.Helper()
	p.until(`document.querySelector("`+selector+`")`, 30*time.Second) // a field of a run comes with the worker's greeting
	eval[bool](p, `(() => { const e = document.querySelector("`+selector+`"); e.value = "`+value+`";
		e.dispatchEvent(new Event("input", {bubbles: true})); e.dispatchEvent(new Event("change", {bubbles: true})); return true })()`)
}

// text is what an element says, also where it is not shown.
func (p *tab) text(selector string) string {
	p.Helper()
	return eval[string](p, `(e => e?.innerText || e?.textContent || "")(document.querySelector("`+selector+`"))`)
}
