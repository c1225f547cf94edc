//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// axeFile is axe-core, as `make test` installs it; AXE names another copy.
func axeFile() string {
	if file := os.Getenv("AXE"); file != "" {
		return file
	}
	return filepath.Join("..", "..", ".cache", "npm", "node_modules", "axe-core", "axe.min.js")
}

// violations runs axe by the rules of WCAG up to 2.2 AA, or only by those that depend
// on the colours.
const violations = `(rules => axe.run(document, {runOnly: rules}).then(r =>
	r.violations.flatMap(v => v.nodes.slice(0, 6).map(n => v.id + ": " + n.target.join(" ") + " | " + (n.any[0] ?? n.all[0] ?? n.none[0])?.message))))`

const (
	allRules    = `(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])`
	colourRules = `({type: "rule", values: ["color-contrast", "link-in-text-block"]})`
)

// small are the controls whose place to hit is smaller than a size: a checkbox is hit by
// its label too, and links within a text are free.
const small = `(least => [...document.querySelectorAll("button, select, summary, a[href], input:not([type=hidden])")].filter(e => {
	const hit = e.labels?.[0] && /checkbox|radio|file/.test(e.type) ? e.labels[0] : e, box = hit.getBoundingClientRect();
	return e.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}) && !e.closest(".skip, p, .prose") && !e.classList.contains("skip")
		&& box.width > 0 && box.bottom > 0 && (box.width < least - .5 || box.height < least - .5);
}).map(e => { const b = e.getBoundingClientRect(); return e.outerHTML.slice(0, 90) + " " + Math.round(b.width) + "×" + Math.round(b.height) }))`

// TestAccess looks at every view in both themes and sizes: no violation of WCAG 2.2 AA
// that axe finds, controls of 24 px at least, 44 on a phone, and Tibetan set as it should.
func TestAccess(t *testing.T) {
	axe, err := os.ReadFile(axeFile())
	if err != nil {
		t.Skipf("axe-core is not installed (%v): make test installs it where npm is", err)
	}
	p := open(t, 9*time.Minute)
	p.everyView(2, func(view string) {
		p.do(chromedp.Evaluate(string(axe)+"; true", nil))
		for _, size := range sizes {
			for i, scheme := range schemes {
				p.show(size, scheme)
				rules := allRules
				if i > 0 { // the other rules found the same elements in the first scheme
					rules = colourRules
				}
				var found []string
				p.do(chromedp.Evaluate(violations+rules, &found, awaited))
				for _, f := range found {
					t.Errorf("%s, %s, %s: %s", view, size.name, scheme, f)
				}
			}
			p.tibetan(view + ", " + size.name)
			least := "24"
			if size.width < 500 {
				least = "44"
			}
			for _, f := range eval[[]string](p, small+`(`+least+`)`) {
				t.Errorf("%s, %s: less than %s px: %s", view, size.name, least, f)
			}
		}
		p.show(sizes[0], schemes[0])
	})
}
