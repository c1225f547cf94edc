//go:build e2e

package e2e

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const lessonsAreListed = `document.querySelectorAll(".lesson-entry").length === 6`

// openLesson opens a lesson by its key.
func (p *tab) openLesson(key string) {
	p.Helper()
	p.click("#tab-lessons")
	p.until(lessonsAreListed, 30*time.Second)
	p.click("#lesson-" + key)
	p.until(`document.querySelector("#lesson-`+key+`[aria-current=true]") && document.querySelectorAll(".lesson-step").length === 1`, 30*time.Second)
}

// walk goes through the open lesson: it predicts the choice, runs, and reads the end.
func (p *tab) walk(choice string, limit time.Duration) {
	p.Helper()
	p.click("#lesson-next")
	p.until(`document.querySelector("#lesson-next").disabled`, 5*time.Second) // a prediction comes first
	p.click(".choice:nth-of-type(" + choice + ") input")
	p.click("#lesson-next")
	p.click("#lesson-run")
	p.until(`document.querySelector("#lesson-run") && document.querySelector("#lesson-run").innerText.includes("again")`, limit)
	p.click("#lesson-next")
	p.until(`document.querySelector(".done-mark")`, 10*time.Second)
}

// yours is what a reader has: the table, settings and curves of the page itself.
const yours = `JSON.stringify([[...document.querySelectorAll(".examples tbody textarea")].map(e => e.value),
	[...document.querySelectorAll(".settings input, .settings select")].map(e => [e.id, e.value, e.checked]),
	[...document.querySelectorAll(".curves .runs li")].map(e => e.innerText)])`

// TestALessonRunsOnItsOwn walks one lesson on the real worker to its end, with what it
// says filled from the run, and finds the reader's examples and settings as they were.
func TestALessonRunsOnItsOwn(t *testing.T) {
	p := open(t, 9*time.Minute)
	p.until(rowsAreThere, 60*time.Second)
	p.fill(".examples tbody tr:nth-child(1) textarea[lang=bo]", "བཀྲ་ཤིས།")
	p.until(`document.querySelector("#kl-limit")`, 60*time.Second) // the method's settings come with the session
	before := eval[string](p, yours)
	p.openLesson("group")
	if steps := eval[int](p, `document.querySelectorAll(".lesson-step").length`); steps != 1 {
		t.Errorf("%d steps are shown at the beginning, want 1", steps)
	}
	p.walk("2", 6*time.Minute)
	if text := p.text(".lesson"); strings.ContainsAny(text, "{}") || strings.Contains(text, "NaN") || strings.Contains(text, "undefined") {
		t.Errorf("the lesson says %q", text)
	}
	last := p.text(".lesson-step:last-of-type")
	if !strings.Contains(last, "standard deviations above the group") || !strings.Contains(last, "95 % interval") {
		t.Errorf("the explanation has no numbers of the run: %q", last)
	}
	if verdict := p.text(".choice:nth-of-type(2) .verdict"); !strings.Contains(verdict, "as it was") {
		t.Errorf("the run says of the prediction %q", verdict)
	}
	if n := eval[int](p, `+document.querySelector("#lesson-chart-reward").dataset.points`); n != 6 {
		t.Errorf("the curve has %d points, want 6", n)
	}
	if n := eval[int](p, `document.querySelectorAll(".lesson-answers li").length`); n != 8 {
		t.Errorf("%d answers, want a group of 8", n)
	}
	if got := eval[string](p, yours); got != before {
		t.Errorf("the lesson changed what is the reader's:\n%s\n%s", before, got)
	}
	if text := p.text("#count"); strings.Contains(text, "step") {
		t.Errorf("the page's own run bar says %q", text)
	}
	p.until(`document.querySelector("#lesson-group .order").innerText === "✓"`, 5*time.Second)
	p.do(chromedp.Reload())
	p.until(`document.documentElement.dataset.page === "ready"`, 30*time.Second)
	p.click("#tab-lessons")
	p.until(`document.querySelector("#lesson-group .order")?.innerText === "✓"`, 30*time.Second)
	p.noForeignRequests()
	if wrong := p.complaints(); len(wrong) > 0 {
		t.Errorf("the page complained: %q", wrong)
	}
}

// TestLessonsAreReadWithoutTheModel: check 4 of the page, and its width on phones.
func TestLessonsAreReadWithoutTheModel(t *testing.T) {
	p := open(t, 3*time.Minute)
	gate.set("model.safetensors", 0)
	defer gate.set("", 0)
	p.openLesson("tax")
	p.click("#lesson-next")
	p.click(".choice:nth-of-type(1) input")
	p.click("#lesson-next")
	p.click("#lesson-run")
	p.until(`document.querySelector(".tool [role=alert] button")`, 60*time.Second)
	if text := p.text(".tool [role=alert]"); !strings.Contains(text, "503") {
		t.Errorf("the alert says %q", text)
	}
	p.click("#lesson-next")
	p.until(`document.querySelector(".done-mark")`, 5*time.Second)
	if text := p.text(".lesson-step:last-of-type"); !strings.Contains(text, "You have not run it") || !strings.Contains(text, "the settings decide") || strings.ContainsAny(text, "{}") {
		t.Errorf("without a run the explanation says %q", text)
	}
	for _, width := range []int64{360, 390, 768, 1400} {
		p.do(emulation.SetDeviceMetricsOverride(width, 844, 1, width < 500))
		p.until(`document.documentElement.scrollWidth <= innerWidth`, 5*time.Second)
	}
	p.do(emulation.SetDeviceMetricsOverride(390, 844, 1, true))
	if height := eval[float64](p, `document.querySelector(".tool").getBoundingClientRect().height`); height != 240 {
		t.Errorf("on a phone the tool is %.0f px high, want 240", height)
	}
}

// TestEveryLesson walks all of them; the run may disprove what they expect, but every
// number must be there.
func TestEveryLesson(t *testing.T) {
	if os.Getenv("BENCH") == "" {
		t.Skip("set BENCH=1 to walk all six lessons, minutes each")
	}
	p := open(t, 55*time.Minute)
	for _, key := range []string{"group", "rewards", "clip", "tax", "languages", "shots"} {
		p.openLesson(key)
		start := time.Now()
		p.walk("1", 9*time.Minute)
		t.Logf("%s ran %.0f s\n%s", key, time.Since(start).Seconds(), p.text(".lesson"))
		if blocks := eval[int](p, `document.querySelectorAll(".lesson-step:last-of-type .block").length`); blocks < 4 {
			t.Errorf("%s explains with %d blocks only", key, blocks)
		}
		if agrees := eval[int](p, `document.querySelectorAll(".choice.holds").length`); agrees != 1 {
			t.Errorf("%s: %d answers agree with the run, want one", key, agrees)
		}
	}
}
