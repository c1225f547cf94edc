//go:build e2e

package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/task"
)

// TestLinguist goes the whole way: examples in, a run, before and after, a remark, a
// file out, and a text of one's own that is corrected and added.
func TestLinguist(t *testing.T) {
	p := open(t, 9*time.Minute)
	p.until(rowsAreThere, time.Minute)
	p.chooseMethod("sft")
	p.smallSettings(2)
	p.click("#tab-compare")
	p.click("#part-examples")
	var file bytes.Buffer
	if err := data.Write(&file, data.TMX, data.Starter(task.Translate, "zh", "bo")[:24]); err != nil {
		t.Fatal(err)
	}
	p.importFile("mine.tmx", file.Bytes())
	p.until(rowCount+` === 24`, time.Minute)
	p.click("#play")
	p.until(`document.querySelector("#count").innerText.includes("step 2/2 · ready")`, 4*time.Minute)
	p.click("#part-compare")
	p.until(`document.querySelectorAll(".pair").length >= 4 && document.querySelector("#scores .interval")?.innerText.includes("[")`, 3*time.Minute)
	all := eval[int](p, `document.querySelectorAll(".pair").length`)
	counted := 0
	for _, show := range []string{"improved", "worsened", "same"} {
		p.fill("#review-show", show)
		p.do(chromedp.Sleep(100 * time.Millisecond))
		counted += eval[int](p, `document.querySelectorAll(".pair").length`)
	}
	if counted != all {
		t.Errorf("%d lines improved, worsened or stayed the same, of %d", counted, all)
	}
	p.fill("#review-show", "")
	p.fill("#review-sort", "best")
	p.until(`document.querySelectorAll(".pair").length === `+strconv.Itoa(all), 10*time.Second)
	if p.text("#signatures summary") == "" || !eval[bool](p, `document.querySelector("#signatures").textContent.includes("|")`) {
		t.Error("no metric has a signature")
	}
	p.fill(".pair .remark textarea", "བཟང་ <b>note</b>")
	dir := t.TempDir()
	p.do(browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllow).WithBrowserContextID(p.profile).WithDownloadPath(dir).WithEventsEnabled(true))
	p.click("#lines-jsonl")
	lines := p.downloaded(filepath.Join(dir, "before-after.jsonl"))
	if strings.Count(lines, "\n") != all || !strings.Contains(lines, "བཟང་ ") || !strings.Contains(lines, "run_1_sft_step_2") {
		t.Errorf("the export is %s", lines)
	}

	p.click("#part-try")
	p.until(`document.querySelector("#try-text")`, 10*time.Second)
	p.fill("#try-count", "2")
	p.fill("#try-text", "你好")
	p.click("#try-go")
	p.until(`document.querySelectorAll(".candidate .figures").length === 2`, 2*time.Minute)
	if text := p.text(".candidate .figures"); !strings.Contains(text, "log-prob −") || !strings.Contains(text, "similarity") || !strings.Contains(text, "%") {
		t.Errorf("a candidate's figures are %q", text)
	}
	p.click(".candidate button[aria-expanded]")
	p.until(`document.querySelector("#correct-1")`, 10*time.Second)
	p.fill("#correct-1", "")
	p.do(chromedp.Focus("#correct-1", chromedp.ByQuery))
	p.click("#correct-wylie-1")
	p.until(`document.querySelector("#wylie-map")`, 10*time.Second) // above the field, which must keep the focus
	if focus := eval[string](p, `document.activeElement.id`); focus != "correct-1" {
		t.Errorf("once the key map is there, the focus is at %q", focus)
	}
	p.do(chromedp.SendKeys("#correct-1", "bde mo/ ", chromedp.ByQuery))
	p.until(`document.querySelector("#correct-1").value === "བདེ་མོ། "`, 10*time.Second)
	p.click(".candidate button:not([aria-expanded])")
	p.click("#part-examples")
	p.until(rowCount+` === 25 && document.querySelector("#source-25").value === "你好"`, 10*time.Second)
	p.noForeignRequests()
	if wrong := p.complaints(); len(wrong) > 0 {
		t.Errorf("the page complained: %q", wrong)
	}
}

// downloaded waits for a file and gives its text.
func (p *tab) downloaded(path string) string {
	p.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if content, err := os.ReadFile(path); err == nil && len(content) > 0 {
			return string(content)
		}
	}
	p.Fatalf("%s was not downloaded", filepath.Base(path))
	return ""
}
