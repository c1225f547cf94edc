//go:build e2e

package e2e

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const idle = `document.querySelector("#count").innerText.includes("ready")`

// sum adds up the numbers that elements print.
func (p *tab) sum(selector string) float64 {
	p.Helper()
	return eval[float64](p, `[...document.querySelectorAll(`+"`"+selector+"`"+`)].reduce((s, e) => s + +e.innerText.replace("−", "-"), 0)`)
}

// run trains and waits for the end of this run, not of one before it.
func (p *tab) run(steps int) {
	p.Helper()
	const runs = `document.querySelectorAll(".runs li").length`
	before := eval[int](p, runs)
	p.click("#play")
	p.until(runs+` === `+strconv.Itoa(before+1)+` && document.querySelector("#count").innerText.includes("step `+strconv.Itoa(steps)+`/`+strconv.Itoa(steps)+`") && `+idle, 4*time.Minute)
}

// One step taken apart: rewards by term, the formula, tokens, stages and earlier steps.
func TestInsideAStep(t *testing.T) {
	p := open(t, 8*time.Minute)
	p.smallRun(3)
	p.run(3)
	p.click("#tab-inside")
	p.until(`document.querySelectorAll(".answers tbody tr").length === 4 && document.querySelector("#update")?.innerText.includes("right after this step")`, time.Minute)
	p.Run("formula", func(t *testing.T) { p.checkFormula(t) })
	p.Run("terms", func(t *testing.T) {
		for row := range 4 {
			p.chooseRow(row)
			total := eval[float64](p, `+document.querySelector(".reasons .sum b").innerText.replace("−", "-")`)
			if sum := p.sum(".reasons div:not(.sum) b"); math.Abs(sum-total) > 0.004 {
				t.Errorf("row %d: the terms add up to %g, the total is %g", row, sum, total)
			}
			if shown := eval[float64](p, `+document.querySelectorAll(".answers .total")[`+strconv.Itoa(row)+`].innerText.replace("−", "-")`); shown != total {
				t.Errorf("row %d shows %g, its reasons %g", row, shown, total)
			}
		}
		rewards := eval[[]float64](p, `[...document.querySelectorAll(".answers .total")].map(e => +e.innerText.replace("−", "-"))`)
		for i := 1; i < len(rewards); i++ {
			if rewards[i] > rewards[i-1] {
				t.Errorf("the rows are not by reward: %v", rewards)
			}
		}
	})
	p.Run("update", func(t *testing.T) {
		moved := eval[[]string](p, `[...document.querySelectorAll(".answers .gained")].map(e => e.innerText)`)
		for _, text := range moved {
			if !strings.Contains(text, "×") {
				t.Errorf("an answer's probability moved by %q", text)
			}
		}
	})
	p.Run("tokens", func(t *testing.T) {
		step := eval[int](p, stepShown)
		p.do(chromedp.Focus(".answers .units", chromedp.ByQuery), chromedp.KeyEvent(kb.ArrowRight))
		p.until(`document.querySelector("#token-table tbody tr")`, 5*time.Second)
		first := p.text("#token-table")
		p.do(chromedp.KeyEvent(kb.End))
		p.until(`document.querySelector("#token-table").innerText !== `+strconv.Quote(first)+` || document.querySelectorAll(".answers tr:first-child .unit").length === 1`, 5*time.Second)
		if text := p.text("#token-table tbody"); !strings.Contains(text, "%") {
			t.Errorf("the tokens say %q", text)
		}
		if at := eval[int](p, stepShown); at != step {
			t.Errorf("arrow keys in an answer trained from step %d to %d", step, at)
		}
		if broken := eval[[]string](p, `[...document.querySelectorAll(".units[lang=bo] .unit")].filter(e => /^[\u0f71-\u0f84\u0f90-\u0fbc]/.test(e.innerText)).map(e => e.innerText)`); len(broken) > 0 {
			t.Errorf("units begin within a stack: %q", broken)
		}
	})
	p.Run("stages", func(t *testing.T) {
		p.click("#stage-2")
		p.until(`!document.querySelector(".answers svg") && document.querySelector(".stage-text").innerText.startsWith("Sample")`, 5*time.Second)
		p.click("#strip-play")
		p.until(`document.querySelector(".answers .terms svg") && !document.querySelector(".answers .advantage svg")`, 15*time.Second)
		p.until(`document.querySelector(".answers .advantage svg") && document.querySelector("#update")`, 15*time.Second)
	})
	p.Run("earlier steps", func(t *testing.T) {
		p.fill("#look-step", "1")
		p.until(`document.querySelector("#inside-title").nextElementSibling.innerText.includes("step 1, prompt 1 of 2") && document.querySelector("#update").innerText.includes("after step 3")`, 30*time.Second)
		p.click(".groups button:nth-child(2)")
		p.until(`document.querySelector("#inside-title").nextElementSibling.innerText.includes("step 1, prompt 2 of 2")`, 30*time.Second)
		p.click("#look-latest")
		p.until(`document.querySelector("#inside-title").nextElementSibling.innerText.includes("step 3, prompt 2 of 2")`, 30*time.Second)
	})
	p.Run("map", func(t *testing.T) { p.checkMap(t) })
	if wrong := p.complaints(); len(wrong) > 0 {
		t.Errorf("the page complained: %q", wrong)
	}
}

// chooseRow explains the answer in a row.
func (p *tab) chooseRow(row int) {
	p.Helper()
	eval[bool](p, `(document.querySelectorAll(".answers tbody tr")[`+strconv.Itoa(row)+`].click(), true)`)
	p.until(`document.querySelectorAll(".answers tbody tr")[`+strconv.Itoa(row)+`].classList.contains("chosen")`, 5*time.Second)
}

// checkFormula follows the formula by its numbers, row by row.
func (p *tab) checkFormula(t *testing.T) {
	t.Helper()
	sum, flat := 0.0, eval[bool](p, `!!document.querySelector(".answers .notice")`)
	for row := range 4 {
		p.chooseRow(row)
		worked := strings.ReplaceAll(p.text("#worked"), "−", "-")
		printed := eval[float64](p, `+document.querySelectorAll(".answers .advantage span")[`+strconv.Itoa(row)+`].innerText.replace("−", "-")`)
		sum += printed
		if flat {
			continue
		}
		sides := strings.Split(worked, " = ")
		if len(sides) != 2 {
			t.Fatalf("the formula says %q", worked)
		}
		if value := eval[float64](p, sides[0]); math.Abs(value-printed) > 0.02 {
			t.Errorf("row %d: %s is %g, printed is %g", row, sides[0], value, printed)
		}
	}
	if math.Abs(sum) > 0.01 {
		t.Errorf("the advantages add up to %g", sum)
	}
}

// checkMap looks at the map of a run of three steps: measured before it and after it.
func (p *tab) checkMap(t *testing.T) {
	t.Helper()
	paths := func() []string {
		return eval[[]string](p, `[...document.querySelectorAll("#map .mark")].map(e => e.getAttribute("class").split(" ")[1] + " " + e.getAttribute("d"))`)
	}
	late := paths()
	if len(late) != 24 {
		t.Fatalf("%d marks, want a source, a reference and an answer for each of 8 examples", len(late))
	}
	p.fill("#map-step", "1")
	p.until(`document.querySelector("#map-step").parentElement.innerText.includes("Step 0")`, 5*time.Second)
	moved := 0
	for i, early := range paths() {
		if early != late[i] {
			if !strings.HasPrefix(early, "output") {
				t.Errorf("%s moved to %s", early, late[i])
			}
			moved++
		}
	}
	if moved == 0 {
		t.Error("three steps moved no answer")
	}
	eval[bool](p, `(document.querySelector(".map details").open = true)`)
	p.click("#map-table tbody tr:first-child button")
	p.until(`document.querySelectorAll("#map .mark.chosen").length === 3 && document.querySelectorAll("#map-told .prompt").length === 3`, 5*time.Second)
}

// Equal rewards teach nothing, and the page says so.
func TestNoLearningSignal(t *testing.T) {
	p := open(t, 6*time.Minute)
	p.smallRun(2)
	for _, term := range []string{"similarity", "language", "repetition", "copy"} {
		p.fill("#"+term, "0")
	}
	p.run(2)
	p.click("#tab-inside")
	p.until(`document.querySelectorAll(".answers tbody tr").length === 4`, time.Minute)
	found := false
	for prompt := 1; prompt <= 2; prompt++ {
		p.click(".groups button:nth-child(" + strconv.Itoa(prompt) + ")")
		p.until(`document.querySelector("#inside-title").nextElementSibling.innerText.includes("prompt `+strconv.Itoa(prompt)+` of 2")`, 30*time.Second)
		text := p.text(".answers")
		if strings.Contains(text, "NaN") {
			t.Errorf("the group shows NaN: %s", text)
		}
		if !strings.Contains(text, "No learning signal") {
			continue
		}
		found = true
		for _, advantage := range eval[[]string](p, `[...document.querySelectorAll(".answers .advantage span")].map(e => e.innerText)`) {
			if advantage != "0.000" {
				t.Errorf("a group without a spread has the advantage %s", advantage)
			}
		}
	}
	if !found {
		t.Error("no group came out flat: the test shows nothing")
	}
}

// Curves of two runs: the crosshair, smoothing, the log scale, pins and files.
func TestCurvesOfTwoRuns(t *testing.T) {
	p := open(t, 8*time.Minute)
	p.smallRun(3)
	p.fill("#measure-every", "1")
	p.run(3)
	for chart, want := range map[string]int{"reward": 3, "terms": 3, "kl": 3, "entropy": 3, "length": 3, "clip": 3, "zero-spread": 3, "speed": 3,
		"gradient": 3, "tax-en": 4, "tax-zh": 4, "meaning": 4, "surface": 4} {
		if n := eval[int](p, `+(document.querySelector("#chart-`+chart+`")?.dataset.points ?? 0)`); n != want {
			t.Errorf("the curve %s has %d points, want %d", chart, n, want)
		}
	}
	path := func() string {
		return eval[string](p, `document.querySelector("#chart-reward path:not(.raw)").getAttribute("d")`)
	}
	raw := path()
	p.fill("#smoothing", "0.6")
	p.until(`document.querySelector("#chart-reward path.raw")`, 5*time.Second)
	if behind := eval[string](p, `document.querySelector("#chart-reward path.raw").getAttribute("d")`); behind != raw || path() == raw {
		t.Errorf("smoothed: raw %s, smooth %s; it was %s", behind, path(), raw)
	}
	p.fill("#smoothing", "0")
	p.until(`!document.querySelector("#chart-reward path.raw")`, 5*time.Second)
	if back := path(); back != raw {
		t.Errorf("without smoothing the line is %s, it was %s", back, raw)
	}
	p.click("#log-scale")
	p.until(`document.querySelector("#chart-reward path").getAttribute("d") !== `+strconv.Quote(raw), 5*time.Second)
	p.click("#log-scale")

	p.fill("#beta", "0.5")
	p.run(3)
	p.until(`document.querySelectorAll("#chart-reward path").length === 2`, 10*time.Second)
	dashes := eval[[]string](p, `[...document.querySelectorAll("#chart-reward path")].map(e => getComputedStyle(e).strokeDasharray)`)
	if dashes[0] == dashes[1] {
		t.Errorf("both runs are drawn with the dashes %q", dashes)
	}
	changes := eval[[]string](p, `[...document.querySelectorAll(".runs .changed")].map(e => e.innerText)`)
	if len(changes) != 2 || !strings.Contains(changes[0], "the first run") || !strings.Contains(changes[1], "0.02 → 0.5") {
		t.Errorf("what changed: %q", changes)
	}

	p.do(chromedp.Focus("#chart-reward", chromedp.ByQuery), chromedp.KeyEvent(kb.ArrowLeft))
	p.until(`document.querySelectorAll(".plot .cross").length === document.querySelectorAll(".plot").length`, 5*time.Second)
	if text := eval[string](p, `document.querySelector("#chart-reward").getAttribute("aria-valuetext")`); !strings.HasPrefix(text, "step 2: run 1 ") || !strings.Contains(text, " run 2 ") {
		t.Errorf("at the crosshair: %q", text)
	}
	crosses := eval[[]string](p, `[...document.querySelectorAll(".chart.half .cross")].map(e => e.getAttribute("x1"))`)
	for _, x := range crosses {
		if x != crosses[0] {
			t.Errorf("crosshairs lie at %v", crosses)
		}
	}
	p.checkCurveFiles(t)

	p.until(`document.querySelector("#stop").disabled`, time.Minute) // a run that has not ended is not cleared
	p.click(".runs li:first-child button")
	p.click("#clear-runs")
	p.until(`document.querySelectorAll(".runs li").length === 1 && document.querySelector(".runs").innerText.includes("the first run")`, 5*time.Second)
	if wrong := p.complaints(); len(wrong) > 0 {
		t.Errorf("the page complained: %q", wrong)
	}
}

// checkCurveFiles saves the curves as a table and as a picture.
func (p *tab) checkCurveFiles(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	p.do(browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllow).WithBrowserContextID(p.profile).WithDownloadPath(dir).WithEventsEnabled(true))
	read := func(name string) []byte {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			if data, err := os.ReadFile(filepath.Join(dir, name)); err == nil && len(data) > 0 {
				return data
			}
		}
		t.Fatalf("%s was not downloaded", name)
		return nil
	}
	p.click("#curves-csv")
	table := strings.Split(strings.TrimSpace(string(read("dongyur-curves.csv"))), "\r\n")
	if len(table) != 9 || !strings.Contains(table[0], "run,method,changed,seed,step,reward") { // steps 0 to 3 of two runs
		t.Errorf("the table has %d lines and begins with %q", len(table), table[0])
	}
	p.click("#curves-png")
	if picture := read("dongyur-curves.png"); len(picture) < 10_000 || string(picture[1:4]) != "PNG" {
		t.Errorf("the picture has %d bytes and begins with %q", len(picture), picture[:min(8, len(picture))])
	}
}

// SFT, GRPO and CLO one after the other: their curves lie side by side.
func TestSideBySide(t *testing.T) {
	p := open(t, 10*time.Minute)
	p.smallRun(2)
	p.click("#side-by-side")
	p.until(`document.querySelectorAll(".runs li").length === 3 && `+idle+` && !document.querySelector("#side-by-side").disabled`, 8*time.Minute)
	text := p.text(".runs")
	for i, method := range []string{"SFT", "GRPO", "CLO"} {
		if !strings.Contains(text, "run "+strconv.Itoa(i+1)+" · "+method) {
			t.Errorf("the runs are called %q", text)
		}
	}
	for _, chart := range []string{"tax-en", "tax-zh", "meaning", "surface"} {
		if n := eval[int](p, `document.querySelectorAll("#chart-`+chart+` path").length`); n != 3 {
			t.Errorf("%s has the lines of %d runs, want 3", chart, n)
		}
	}
}
