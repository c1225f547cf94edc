//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// After a first visit in which a model was loaded, the page opens, is isolated, and
// trains without a server.
func TestWorksOffline(t *testing.T) {
	p := open(t, 6*time.Minute)
	p.smallRun(1)
	p.click("#play") // loads the model first
	p.until(`document.querySelector("#loaded")`, 2*time.Minute)
	p.until(ended(1), 4*time.Minute)
	var kept bool
	for end := time.Now().Add(2 * time.Minute); !kept; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the service worker does not keep the model")
		}
		p.do(chromedp.Evaluate(`caches.open("dongyur").then(async c => (await c.keys()).filter(r => r.url.includes("model.safetensors")).length >= 3)`, &kept, awaited))
	}
	gate.set("/", 0) // every request fails now
	defer gate.set("", 0)
	p.do(chromedp.Navigate(address))
	p.until(`document.documentElement.dataset.page === "ready"`, time.Minute)
	p.until(rowsAreThere, time.Minute)
	if !eval[bool](p, `crossOriginIsolated`) {
		t.Error("the kept page is not isolated: threads could not share memory")
	}
	p.until(`document.fonts.check('20px "Noto Serif Tibetan"', "ཀ")`, 20*time.Second)
	p.smallRun(1)
	p.click("#play")
	p.until(ended(1), 4*time.Minute)
	p.noForeignRequests()
}

func TestCanBeInstalled(t *testing.T) {
	p := open(t, 2*time.Minute)
	problems := settled(p, `(async () => {
		const link = document.querySelector("link[rel=manifest]"), at = link.href;
		const m = await (await fetch(at)).json(), wrong = [];
		if (new URL(m.start_url, at).href !== location.origin + "/") wrong.push("start_url " + m.start_url);
		if (new URL(m.scope, at).href !== location.origin + "/") wrong.push("scope " + m.scope);
		for (const icon of m.icons) {
			const image = new Image(); image.src = new URL(icon.src, at); await image.decode();
			if (icon.sizes !== "any" && icon.sizes !== image.naturalWidth + "x" + image.naturalHeight) wrong.push(icon.src + " is " + image.naturalWidth);
		}
		return wrong.join("; ") })()`)
	if problems != "" {
		t.Error(problems)
	}
}

// settled gives the text that an expression's promise settles to.
func settled(p *tab, expression string) string {
	p.Helper()
	var text string
	p.do(chromedp.Evaluate(expression, &text, awaited))
	return strings.TrimSpace(text)
}
