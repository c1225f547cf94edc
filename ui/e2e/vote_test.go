//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// importRows brings 24 examples of one's own.
func (p *tab) importRows() {
	p.Helper()
	p.until(rowsAreThere, time.Minute)
	rows := `source\treference`
	for i := range 24 {
		rows += `\n你好 ` + strconv.Itoa(i) + `\tབདེ་མོ་` + strconv.Itoa(i) + `།`
	}
	p.click("#import")
	p.until(`document.querySelector("#paste")`, 5*time.Second)
	p.fill("#paste", rows)
	p.click("#read")
	p.until(`document.querySelectorAll(".examples tbody tr").length === 24`, 20*time.Second)
}

// runOnce trains by a method and waits for the comparison.
func (p *tab) runOnce(method string, steps int) {
	p.Helper()
	p.chooseMethod(method)
	p.smallSettings(steps)
	p.fill("#learning-rate", "0.02") // so that few steps change answers
	p.click("#play")
	p.until(ended(steps), 4*time.Minute)
}

// chooseMethod takes a method once the session has named those that it knows.
func (p *tab) chooseMethod(method string) {
	p.Helper()
	p.until(`document.querySelector("#method option[value=`+method+`]")`, time.Minute)
	p.fill("#method", method)
	p.until(`document.querySelector("#method").value === "`+method+`"`, 5*time.Second)
}

// smallSettings makes steps short.
func (p *tab) smallSettings(steps int) {
	p.Helper()
	for field, value := range map[string]int{"steps": steps, "prompts": 2, "group": 4, "tokens": 12} {
		eval[bool](p, `!document.querySelector("#`+field+`") || (document.querySelector("#`+field+`").value = "`+strconv.Itoa(value)+`",
			document.querySelector("#`+field+`").dispatchEvent(new Event("input", {bubbles: true})), document.querySelector("#`+field+`").dispatchEvent(new Event("change", {bubbles: true})), true)`)
	}
}

// The whole way: 24 examples of one's own, SFT and GRPO, before and after, a blind vote,
// an export; in a fresh profile the same numbers.
func TestFromExamplesToVotesAndBack(t *testing.T) {
	p := open(t, 12*time.Minute)
	p.importRows()
	p.runOnce("sft", 2)
	p.runOnce("grpo", 2)
	p.click("#tab-compare")
	p.click("#part-vote")
	p.until(`document.querySelector("#start-vote") && !document.querySelector("#start-vote").disabled`, 3*time.Minute)
	p.click("#start-vote")
	p.until(`document.querySelector("#answer-A")`, 10*time.Second)
	p.tellsNothing()
	total := eval[int](p, `+document.querySelector("#vote-progress").innerText.split("/")[1]`)
	p.do(chromedp.KeyEvent("1"))
	p.until(`document.querySelector("#vote-progress").innerText.startsWith("1/")`, 5*time.Second)
	p.do(chromedp.KeyEvent("u"))
	p.until(`document.querySelector("#vote-progress").innerText.startsWith("0/")`, 5*time.Second)
	for i := range total {
		p.do(chromedp.KeyEvent(strconv.Itoa(i%4 + 1)))
	}
	p.click("#reveal")
	p.until(`document.querySelector("#vote-sentence")?.innerText.includes("95 %")`, 10*time.Second)
	sentence, rewards := p.text("#vote-sentence"), p.rewards()
	if !strings.Contains(sentence, "of "+strconv.Itoa(total)+" votes") || !strings.Contains(sentence, "prove little") {
		t.Errorf("the result says %q", sentence)
	}
	p.checkVotesFile(t.TempDir(), total)
	p.untilKept("votes.json", `"systems"`)
	file := p.export(t.TempDir())
	p.betweenRuns()

	other := open(t, 6*time.Minute)
	other.until(rowsAreThere, time.Minute)
	other.importProject(file)
	other.until(`document.querySelectorAll(".examples tbody tr").length === 24`, 30*time.Second)
	other.click("#tab-compare")
	other.click("#part-vote")
	other.until(`document.querySelector("#vote-sentence")`, 10*time.Second)
	if again := other.text("#vote-sentence"); again != sentence {
		t.Errorf("after the import the result says %q, before %q", again, sentence)
	}
	for step, want := range rewards {
		if have := other.rewards()[step]; have != want {
			t.Errorf("step %d: %v after the import, %v before", step, have, want)
		}
	}
}

// betweenRuns holds a round of run 1 against run 2.
func (p *tab) betweenRuns() {
	p.Helper()
	p.click("#new-vote")
	p.until(`document.querySelector("#vote-first")`, 5*time.Second)
	if before := eval[bool](p, `document.querySelector("#vote-first").value === "0" && document.querySelector("#vote-second").value === "2"`); !before {
		p.Error("a round is not of before and the latest run, as long as nobody chose")
	}
	p.fill("#vote-second", "1")
	p.until(`document.querySelector("#vote-second").value === "1"`, 5*time.Second)
	p.fill("#vote-first", "2")
	p.until(`document.querySelector("#vote-first").value === "2"`, 5*time.Second)
	p.fill("#vote-first", "1") // what is on the other side changes places
	p.until(`document.querySelector("#vote-first").value === "1" && document.querySelector("#vote-second").value === "2"`, 5*time.Second)
	p.click("#start-vote")
	p.until(`document.querySelector("#answer-A")`, 10*time.Second)
	p.tellsNothing()
	for range eval[int](p, `+document.querySelector("#vote-progress").innerText.split("/")[1]`) {
		p.do(chromedp.KeyEvent("1"))
	}
	p.click("#reveal")
	p.until(`document.querySelector("#vote-sentence")?.innerText.includes("95 %")`, 10*time.Second)
	shown := p.text("#vote-result")
	for _, system := range []string{"run 1 · SFT · step 2", "run 2 · GRPO · step 2"} {
		if !strings.Contains(shown, system) {
			p.Errorf("the result of run 1 against run 2 does not name %q: %.400s", system, shown)
		}
	}
}

// tellsNothing looks for what is which in the document, the address and the storage.
func (p *tab) tellsNothing() {
	p.Helper()
	p.until(`document.querySelector(".choices")`, 5*time.Second)
	p.untilKept("votes.json", `"sealed"`)
	places := map[string]string{
		"the cards":   eval[string](p, `document.querySelector(".vote").outerHTML`),
		"the address": eval[string](p, `location.href`),
		"the storage": eval[string](p, `JSON.stringify({...localStorage, ...sessionStorage})`),
		"the files":   p.keptText("votes.json") + p.keptText("comparison.json"),
	}
	for place, text := range places {
		for _, word := range []string{"before", "after", "run 1", "run 2", "flipped", "adapter"} {
			if strings.Contains(strings.ToLower(text), word) {
				p.Errorf("%s hold %q: %.300s", place, word, text)
			}
		}
	}
	a, b := `document.querySelector("#answer-A").parentElement`, `document.querySelector("#answer-B").parentElement`
	if !eval[bool](p, a+`.offsetWidth === `+b+`.offsetWidth && `+a+`.className === `+b+`.className`) {
		p.Error("the cards differ")
	}
}

// checkVotesFile exports the votes and looks at what the file keeps.
func (p *tab) checkVotesFile(dir string, total int) {
	p.Helper()
	p.do(browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllow).WithBrowserContextID(p.profile).WithDownloadPath(dir).WithEventsEnabled(true))
	p.click("#export-votes")
	var data []byte
	for end := time.Now().Add(30 * time.Second); len(data) == 0 && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		data, _ = os.ReadFile(filepath.Join(dir, "dongyur-votes.json"))
	}
	var file struct {
		Seed    uint64 `json:"seed"`
		Systems []struct {
			Name, Model string
			ModelHash   string `json:"model_sha256"`
			AdapterHash string `json:"adapter_sha256"`
		} `json:"systems"`
		Pairs []struct {
			A, B    string
			SystemA string `json:"system_a"`
			Vote    *struct{ Choice string }
		} `json:"pairs"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		p.Fatalf("the votes' file: %v: %s", err, data)
	}
	if len(file.Pairs) != total || len(file.Systems) != 2 || len(file.Systems[0].ModelHash) != 64 || len(file.Systems[1].AdapterHash) != 64 {
		p.Errorf("the votes' file holds %d pairs of %d, systems %+v", len(file.Pairs), total, file.Systems)
	}
	for i, pair := range file.Pairs {
		if pair.Vote == nil || pair.SystemA == "" || pair.A == pair.B {
			p.Errorf("pair %d: %+v", i, pair)
		}
	}
}
