//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/dongyur/dongyur/core/archive"
)

const (
	votedLines = 24
	// attack would run if a text were taken for markup.
	attack = `<img src=x onerror=window.attacked=1><script>window.attacked=1</script>`
)

// answeredProject is an exported project whose run 1 has answered 24 lines.
func answeredProject(t *testing.T) string {
	t.Helper()
	var rows, lines []any
	for i := range votedLines {
		source := fmt.Sprintf("ཁྱི་དེ་ཆེན་པོ་ཡིན། %d", i)
		if i == 0 {
			source = attack
		}
		example := map[string]any{"id": fmt.Sprint("line", i), "task": "translate", "source": source, "reference": fmt.Sprintf("那条狗很大%d", i), "source_lang": "bo", "target_lang": "zh"}
		rows = append(rows, example)
		lines = append(lines, map[string]any{"example": example, "before": fmt.Sprintf("旧的回答%d", i), "after": fmt.Sprintf("新的回答%d%s", i, map[bool]string{true: attack}[i == 1])})
	}
	files := map[string][]byte{archive.ManifestName: []byte(`{"format":"dongyur-project","version":1,"name":"Dogs"}`)}
	for name, content := range map[string]any{
		"examples.json":   map[string]any{"name": "dogs", "rows": rows},
		"comparison.json": map[string]any{"answers": []any{map[string]any{"run": 1, "method": "grpo", "step": 20, "lines": lines}}},
	} {
		data, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	packed, err := archive.Pack(files)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "dogs.dongyur.zip")
	if err := os.WriteFile(file, packed, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// asked are the tab's requests to the hub.
func (p *tab) asked() (list []string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, request := range p.requests {
		if _, path, ok := strings.Cut(request, "/hub/"); ok && !strings.Contains(request, "/assets/") {
			list = append(list, path)
		}
	}
	return list
}

// rater is a tab of a profile of its own at a link, on a screen of a width, that
// remembers all that the hub answers.
func rater(t *testing.T, link string, width int64) *tab {
	p := newTab(t, 4*time.Minute, newProfile(t))
	p.do(chromedp.ActionFunc(func(ctx context.Context) error {
		return addScript(ctx, `window.heard = []; { const real = fetch; window.fetch = (...args) => real(...args).then((answer) => { answer.clone().text().then((text) => heard.push(text)); return answer; }); }`)
	}))
	p.do(emulation.SetDeviceMetricsOverride(width, 844, 2, width < 500), chromedp.Navigate(link))
	return p
}

const votedOn = `document.querySelector("#progress")?.innerText`

// votes presses buttons until so many pairs are voted on in this tab: for the new answer
// but in every fifth line.
func (p *tab) votes(n int) {
	p.Helper()
	for range n {
		p.until(`document.querySelector("#vote-0:not(:disabled)")`, time.Minute)
		before := eval[string](p, votedOn)
		p.click(eval[string](p, `(() => { const a = document.querySelector("#answer-a").textContent; const line = +a.match(/\d+/)[0]; return (a.startsWith("新") === (line % 5 > 0)) ? "#vote-0" : "#vote-3"; })()`))
		p.until(votedOn+` !== `+fmt.Sprintf("%q", before)+` && (document.querySelector("#vote-0:not(:disabled)") || document.querySelector("#thanks"))`, time.Minute)
	}
}

// blind looks for what is which in the document, the address, the storage, and in all
// that the network brought.
func (p *tab) blind(where string) {
	p.Helper()
	all := eval[string](p, `document.documentElement.outerHTML + location.href + JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + JSON.stringify(heard) + document.cookie`)
	for _, word := range []string{"before", "run 1", "grpo", "system", "flipped"} {
		if strings.Contains(all, word) {
			p.Errorf("%s: a rater's page holds %q", where, word)
		}
	}
	if eval[bool](p, `!!window.attacked || !!document.querySelector("main img, main script")`) {
		p.Errorf("%s: a text was taken for markup", where)
	}
}

// fits tells of what is wider than the screen, and of what axe finds where it is here.
func (p *tab) fits(where string) {
	p.Helper()
	for _, width := range []int64{360, 390, 768, 1400} {
		p.do(emulation.SetDeviceMetricsOverride(width, 844, 1, width < 500))
		if wide := eval[int](p, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
			p.Errorf("%s at %d px is %d px too wide", where, width, wide)
		}
	}
	p.do(emulation.SetDeviceMetricsOverride(390, 844, 1, true))
	if small := eval[[]string](p, small+`(44)`); len(small) > 0 {
		p.Errorf("%s: too small to press: %q", where, small)
	}
	if axe, err := os.ReadFile(axeFile()); err == nil {
		p.do(chromedp.Evaluate(string(axe)+"; true", nil))
		var found []string
		p.do(chromedp.Evaluate(violations+allRules, &found, awaited))
		if len(found) > 0 {
			p.Errorf("%s: %q", where, found)
		}
	}
}

// A project is published and opened elsewhere; three raters vote blind on its 24 lines,
// two of them on phones and one of these on two; the owner sees the result that the
// program counts from the exported file.
func TestShareAndVote(t *testing.T) {
	p := open(t, 6*time.Minute)
	p.until(rowsAreThere, time.Minute)
	p.importProject(answeredProject(t))
	p.until(`document.querySelectorAll(".examples tbody tr").length === 24 && document.documentElement.dataset.page === "ready"`, 30*time.Second)
	if sent := p.asked(); len(sent) > 0 {
		t.Errorf("before Share was pressed the page asked the hub for %q", sent)
	}
	p.click("#share")
	p.until(`document.querySelector("#publish")`, time.Minute)
	if sent := p.asked(); len(sent) != 1 || sent[0] != "about" {
		t.Errorf("before Publish was pressed the page asked the hub for %q", sent)
	}
	if where := p.text("#share-where"); !strings.Contains(where, strings.TrimSuffix(strings.TrimPrefix(address, "http://"), "/")) {
		t.Errorf("the dialog does not say where the project goes: %q", where)
	}
	p.click("#publish")
	p.until(`document.querySelector("#share-status.error")?.textContent.includes("licence")`, 10*time.Second)
	p.fill("#share-name", "Dogs of Lhasa")
	p.fill("#share-licence", "CC-BY-4.0")
	eval[bool](p, `document.querySelector("#share-listed").click() || true`)
	p.click("#publish")
	p.until(`document.querySelector("#share-link")`, time.Minute)
	short := eval[string](p, `document.querySelector("#share-link").value`)
	p.fill("#vote-checks", "0")
	p.fill("#vote-repeats", "0")
	p.fill("#vote-raters", "3")
	p.click("#make-vote")
	p.until(`document.querySelector("#vote-link")`, time.Minute)
	link, owner := eval[string](p, `document.querySelector("#vote-link").value`), eval[string](p, `document.querySelector("#vote-owner").href`)
	p.noForeignRequests()

	t.Run("voting", func(t *testing.T) { threeVote(t, link, owner) })
	t.Run("result", func(t *testing.T) { closeAndCount(t, owner) })
	t.Run("shared", func(t *testing.T) { openShort(t, short) })
}

func threeVote(t *testing.T, link, owner string) {
	first := rater(t, link, 1400)
	first.until(`document.querySelector("#begin")`, time.Minute)
	first.fill("#name", "Dolma")
	first.click("#begin")
	first.votes(1)
	first.fits("the vote")
	first.do(emulation.SetDeviceMetricsOverride(1400, 844, 1, false))
	first.votes(votedLines - 1)
	first.blind("at the end")

	second := rater(t, link, 390)
	second.click("#begin")
	second.votes(9)
	second.blind("midway")
	own := eval[string](second, `location.href`)
	second.closeTab()
	elsewhere := rater(t, own, 390)
	elsewhere.until(`document.querySelector("#progress")?.innerText === "10/24"`, time.Minute)
	elsewhere.click("#undo")
	elsewhere.until(`document.querySelector("#progress")?.innerText === "9/24" && document.querySelector(".votes [aria-pressed=true]")`, time.Minute)
	elsewhere.click("#onwards")
	elsewhere.until(`document.querySelector("#progress")?.innerText === "10/24"`, time.Minute)
	gate.set("/hub/vote/", 0) // no connection for a moment: the answer waits on the phone
	elsewhere.click("#vote-0")
	elsewhere.until(`document.querySelector("#problem")`, 10*time.Second)
	gate.set("", 0)
	elsewhere.until(`document.querySelector("#progress")?.innerText === "11/24"`, time.Minute)
	elsewhere.votes(votedLines - 10)
	elsewhere.blind("on another phone")

	boss := rater(t, owner, 1400)
	boss.until(`document.querySelector("#new-rater")`, time.Minute)
	boss.fill("#rater-name", "Tashi")
	boss.click("#new-rater")
	boss.until(`document.querySelector("#rater-links input")`, time.Minute)
	third := rater(t, eval[string](boss, `document.querySelector("#rater-links input").value`), 360)
	third.votes(votedLines)
	third.blind("by a personal link")
	boss.until(`document.querySelector("#raters")?.innerText.split("24/24").length === 4`, time.Minute) // it looks by itself
	if shown := eval[string](boss, `document.body.innerText`); strings.Contains(shown, "wins") {
		t.Errorf("the owner sees results before the end: %s", shown)
	}
	late := rater(t, link, 390)
	late.click("#begin")
	late.until(`document.querySelector("#problem")?.innerText.includes("3 raters")`, time.Minute)
	for _, one := range []*tab{first, elsewhere, boss, third} {
		one.noForeignRequests()
		if wrong := one.complaints(); len(wrong) > 0 {
			t.Errorf("a page complained: %q", wrong)
		}
	}
}

// closeAndCount closes the vote and compares what the page shows with what the program
// counts from the exported file.
func closeAndCount(t *testing.T, owner string) {
	boss := rater(t, owner, 1400)
	boss.until(`document.querySelector("#close")`, time.Minute)
	eval[bool](boss, `!!(window.confirm = () => true)`)
	boss.click("#close")
	boss.until(`document.querySelector("#tally")`, time.Minute)
	boss.fits("the results")
	key, _, _ := strings.Cut(owner[strings.Index(owner, "#")+1:], ".")
	id := boss.asked()[0]
	ask := func(path string) []byte {
		r, err := http.NewRequest("GET", address+"hub/"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+key)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		data, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != 200 {
			t.Fatalf("%s: %d %s %v", path, answer.StatusCode, data, err)
		}
		return data
	}
	var told struct{ Results struct{ Outcome any } }
	if err := json.Unmarshal(ask(id), &told); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "dongyur-votes.jsonl")
	if err := os.WriteFile(file, ask(id+"/votes?format=jsonl"), 0o644); err != nil {
		t.Fatal(err)
	}
	program, err := filepath.Abs(filepath.Join("..", "..", ".build", "dongyur"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := exec.Command(program, "--json", "votes", file)
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	var counted any
	if err := json.Unmarshal(out.Bytes(), &counted); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(told.Results.Outcome, counted); diff != "" {
		t.Errorf("the hub's result and the program's (-hub +program):\n%s", diff)
	}
	pooled := counted.(map[string]any)["pooled"].(map[string]any)
	if n := pooled["win"].(float64) + pooled["loss"].(float64); n != 3*votedLines || pooled["win"].(float64) < 56 {
		t.Errorf("%v", pooled)
	}
	if shown := boss.text("#tally"); !strings.Contains(shown, "Dolma") || !strings.Contains(shown, "Tashi") || !strings.Contains(shown, fmt.Sprint(pooled["win"])) {
		t.Errorf("the page shows %s", shown)
	}
	if eval[bool](boss, `!!window.attacked`) {
		t.Error("a text was taken for markup")
	}
}

// openShort opens a short link as a stranger: to look at, then as a copy.
func openShort(t *testing.T, short string) {
	p := newTab(t, 3*time.Minute, newProfile(t))
	p.do(chromedp.Navigate(short))
	p.until(`document.querySelector("#make-mine") && document.querySelectorAll(".examples tbody tr").length === 24`, 60*time.Second)
	if shown := p.text("#shared-project"); !strings.Contains(shown, "Dogs of Lhasa") {
		t.Errorf("the page says %q", shown)
	}
	if eval[bool](p, `!!window.attacked`) {
		t.Error("a text was taken for markup")
	}
	if kept := p.keptFiles(); len(kept) > 0 {
		t.Errorf("a look at a shared project kept %v", kept)
	}
	p.click("#make-mine")
	p.until(`!location.search && document.documentElement?.dataset.page === "ready" && !document.querySelector("#make-mine") && document.querySelectorAll(".examples tbody tr").length === 24`, 60*time.Second)
	p.untilKept("project.json", "Dogs of Lhasa")
	p.do(chromedp.Navigate(address + "gallery"))
	p.until(`document.querySelector("#projects")?.innerText.includes("Dogs of Lhasa")`, time.Minute)
	p.fits("the gallery")
	p.do(chromedp.Navigate(address + "privacy"))
	p.until(`document.body.innerText.includes("365")`, time.Minute)
	p.fits("the privacy note")
	p.noForeignRequests()
}
