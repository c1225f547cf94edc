//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestEngineOfTheAddress opens the page with an engine in its address. The program that
// the page must not load would not arrive.
func TestEngineOfTheAddress(t *testing.T) {
	start(t)
	defer gate.set("", 0)
	for _, test := range []struct {
		asked, unused string // the address's end; the program that is not to be loaded
		engine, why   string
		says          string // what else the page says
	}{
		{"?engine=go", "trainer.wasm", "engine: go", "the page's address asks for it", ""},
		{"?engine=simd", "trainer-go.wasm", "engine: simd", "the page's address asks for it", ""},
		{"?engine=simd:threads=1", "trainer-go.wasm", "engine: simd", "the page's address asks for it", ""},
		{"?engine=abacus", "trainer-go.wasm", "engine: simd", "go was not tried", "engine=abacus"},
		{"?engine=webgpu", "trainer-go.wasm", "", "", "Take engine= out"}, // this Chromium has no adapter
	} {
		t.Run(test.asked, func(t *testing.T) {
			gate.set(test.unused, 0)
			p := open(t, 2*time.Minute)
			p.do(chromedp.Navigate(address + test.asked))
			p.until(rowsAreThere, 60*time.Second)
			if test.engine == "" {
				p.until(`document.body.innerText.includes("`+test.says+`")`, 60*time.Second)
				return
			}
			p.until(`document.querySelector("#engine")?.innerText.toLowerCase().includes("`+test.engine+`")`, 60*time.Second)
			if why := eval[string](p, `document.querySelector("#engine").title`); !strings.Contains(why, test.why) {
				t.Errorf("the engine runs because %q, want %q", why, test.why)
			}
			if body := p.text("body"); !strings.Contains(body, test.says) {
				t.Errorf("the page does not say %q: %s", test.says, body)
			}
		})
	}
}

// TestWithoutSIMD hides SIMD from the worker, as an old browser does.
func TestWithoutSIMD(t *testing.T) {
	start(t)
	gate.set("trainer.wasm", 0)
	defer gate.set("", 0)
	gate.startWith("WebAssembly.validate = () => false;\n")
	defer gate.startWith("")
	p := open(t, 2*time.Minute)
	p.until(`document.querySelector("#engine")?.innerText.toLowerCase().includes("engine: go")`, 60*time.Second)
	if why := eval[string](p, `document.querySelector("#engine").title`); !strings.Contains(why, "no WebAssembly SIMD") {
		t.Errorf("the engine runs because %q", why)
	}
}
