//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// openInSame opens another tab in the profile of p.
func openInSame(p *tab, limit time.Duration) *tab {
	p.Helper()
	return openTab(p.T, limit, p.profile)
}

// closeTab closes the tab as a user does, without a word to the page.
func (p *tab) closeTab() {
	p.Helper()
	if err := inBrowser(target.CloseTarget(p.id).Do); err != nil {
		p.Fatal(err)
	}
}

// keptFiles are the files that the browser keeps for the page, with their sizes.
func (p *tab) keptFiles() map[string]int {
	p.Helper()
	var files map[string]int
	p.kept(`found[path] = file.size`, &files)
	return files
}

// keptText is the content of the files whose path ends so.
func (p *tab) keptText(ending string) string {
	p.Helper()
	var texts map[string]string
	p.kept(`if (path.endsWith(`+strconv.Quote(ending)+`)) found[path] = await file.text()`, &texts)
	whole := ""
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		whole += texts[path]
	}
	return whole
}

// kept looks at each file that the browser keeps, and begins anew where the page wrote
// one in the meantime.
func (p *tab) kept(look string, found any) {
	p.Helper()
	p.do(chromedp.Evaluate(`(async () => {
		for (let tries = 0; ; tries++) {
			const found = {};
			const walk = async (dir, at) => { for await (const [name, handle] of dir.entries()) {
				const path = at + name;
				if (handle.kind !== "file") { await walk(handle, path + "/"); continue; }
				const file = await handle.getFile(); `+look+`;
			} };
			try {
				await walk(await navigator.storage.getDirectory(), "");
				return found;
			} catch (error) {
				if (tries === 50 || !["NotReadableError", "NotFoundError"].includes(error.name)) throw error;
				await new Promise((then) => setTimeout(then, 20));
			}
		} })()`, found, awaited))
}

// untilKept waits until a file whose path ends so holds a text.
func (p *tab) untilKept(ending, text string) {
	p.Helper()
	for end := time.Now().Add(30 * time.Second); !strings.Contains(p.keptText(ending), text); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			p.Fatalf("%s does not hold %q but %q; the page says %s", ending, text, p.keptText(ending), p.text(".notices"))
		}
	}
}

// rewards are the rewards by step that the run's log holds.
func (p *tab) rewards() map[int]float64 {
	p.Helper()
	found := map[int]float64{}
	for line := range strings.Lines(p.keptText("metrics.jsonl")) {
		var event struct {
			Step *struct {
				Step   int     `json:"step"`
				Reward float64 `json:"reward"`
				Loss   float64 `json:"loss"`
				KL     float64 `json:"kl"`
			} `json:"step"`
		}
		if json.Unmarshal([]byte(line), &event) == nil && event.Step != nil {
			found[event.Step.Step] = event.Step.Reward + 1e3*event.Step.Loss + 1e6*event.Step.KL
		}
	}
	return found
}

const atStep = `document.querySelector("#count").innerText.includes("step %")`

func ended(steps int) string {
	n := strconv.Itoa(steps)
	return strings.ReplaceAll(atStep, "%", n+"/"+n+" · ready")
}

// A tab that is closed amid a run costs nothing: the project comes back, and the run
// goes on to the same numbers as one that nobody closed.
func TestClosedTabGoesOn(t *testing.T) {
	const steps = 16 // so many that the run is not over before the second tab is there
	whole := open(t, 6*time.Minute)
	whole.smallRun(steps)
	whole.click("#play")
	whole.until(ended(steps), 4*time.Minute)
	want := whole.rewards()
	if len(want) != steps {
		t.Fatalf("the whole run logged %v", want)
	}
	whole.closeTab()

	first := open(t, 6*time.Minute)
	first.smallRun(steps)
	first.click("#play")
	first.until(stepShown+` >= 2`, 4*time.Minute)
	second := openInSame(first, 6*time.Minute) // it comes too late: the first one has the project
	second.until(`document.querySelector(".notices").innerText.includes("another tab")`, 30*time.Second)
	first.closeTab()
	eval[bool](second, `([...document.querySelectorAll(".notices .notice")].find(e => e.innerText.includes("another tab")).querySelector("button").click(), true)`) // retry
	second.until(`document.querySelector("#count")?.innerText.includes("paused")`, 30*time.Second)
	if text := second.text(".notices"); !strings.Contains(text, "interrupted") {
		t.Errorf("the page says %q, not that the run was interrupted", text)
	}
	if got := eval[string](second, `document.querySelector("#steps").value`); got != strconv.Itoa(steps) {
		t.Errorf("the setting of steps is %q", got)
	}
	second.click("#play")
	second.until(ended(steps), 4*time.Minute)
	second.untilKept("metrics.jsonl", `"step":`+strconv.Itoa(steps))
	have := second.rewards()
	for step := 1; step <= steps; step++ {
		if have[step] != want[step] {
			t.Errorf("step %d: %v after the interruption, %v without", step, have[step], want[step])
		}
	}
}

// openProjects shows the dialog of projects.
func (p *tab) openProjects() {
	p.Helper()
	p.click("#projects")
	p.until(`document.querySelector("#projects-dialog").open`, 10*time.Second)
}

func TestProjectsAreManaged(t *testing.T) {
	p := open(t, 3*time.Minute)
	p.until(rowsAreThere, time.Minute)
	if files := p.keptFiles(); len(files) > 0 {
		t.Errorf("before anything was done the browser keeps %v", files)
	}
	p.fill(".examples tbody tr:nth-child(1) textarea[lang=bo]", "བཀྲ་ཤིས།")
	p.untilKept("examples.json", "བཀྲ་ཤིས།")
	p.openProjects()
	p.fill("#project-name", "Village stories")
	p.untilKept("project.json", "Village stories")
	p.click("#duplicate")
	p.until(`document.querySelector("#project-name")?.value === "Copy of Village stories"`, 30*time.Second)
	p.openProjects()
	p.until(`document.querySelectorAll(".project").length === 2`, 10*time.Second)
	p.click("#new-project")
	p.until(`document.querySelector("#project-name")?.value === "Project 3"`, 30*time.Second)
	p.until(rowsAreThere, time.Minute)
	p.openProjects()
	p.until(`document.querySelectorAll(".project").length === 3`, 10*time.Second)
	eval[bool](p, `([...document.querySelectorAll(".project button")].find(e => e.getAttribute("aria-label") === "Open Village stories").click(), true)`)
	p.until(`document.querySelector("#project-name")?.value === "Village stories"`, 30*time.Second)
	p.until(`document.querySelector(".examples tbody textarea[lang=bo]")?.value === "བཀྲ་ཤིས།"`, 30*time.Second)

	// One is deleted, the others stay; then all.
	p.openProjects()
	p.until(`document.querySelectorAll(".project").length === 3`, 10*time.Second)
	eval[bool](p, `([...document.querySelectorAll(".project button")].find(e => e.getAttribute("aria-label") === "Delete Project 3").click(), true)`)
	p.click("#delete-yes")
	p.until(`document.querySelectorAll(".project").length === 2`, 10*time.Second)
	p.click("#delete-all")
	p.click("#delete-yes")
	p.until(`performance.getEntriesByType("navigation")[0].type === "reload" && document.querySelector("#project-name")?.value === "Project 1"`, 30*time.Second)
	p.until(rowsAreThere, time.Minute)
	if files := p.keptFiles(); len(files) > 0 {
		t.Errorf("after everything was deleted the browser keeps %v", files)
	}
	if text := eval[string](p, `JSON.stringify([Object.keys(localStorage).filter(k => k !== "dongyur.project"), Object.keys(sessionStorage).filter(k => k !== "dongyur.project")])`); text != "[[],[]]" {
		t.Errorf("after everything was deleted the browser remembers %s", text)
	}
}

// Storage that is full, or not there, is told, and costs nothing that is on the page.
func TestStorageIsFullOrNotThere(t *testing.T) {
	p := open(t, 3*time.Minute)
	p.until(rowsAreThere, time.Minute)
	origin := strings.TrimSuffix(address, "/")
	p.do(storage.OverrideQuotaForOrigin(origin).WithQuotaSize(1))
	p.fill(".examples tbody tr:nth-child(1) textarea[lang=bo]", "བཀྲ་ཤིས།")
	p.until(`document.querySelector(".notices [role=alert]")?.innerText.includes("full")`, 30*time.Second)
	if got := eval[string](p, `document.querySelector(".examples tbody textarea[lang=bo]").value`); got != "བཀྲ་ཤིས།" {
		t.Errorf("the row is %q", got)
	}
	p.do(storage.OverrideQuotaForOrigin(origin))
	p.fill(".examples tbody tr:nth-child(1) textarea[lang=bo]", "བདེ་ལེགས།")
	p.untilKept("examples.json", "བདེ་ལེགས།")

	none := open(t, 3*time.Minute, chromedp.ActionFunc(func(ctx context.Context) error {
		return addScript(ctx, `navigator.storage.getDirectory = () => Promise.reject(new DOMException("not here", "SecurityError"))`)
	}))
	none.until(rowsAreThere, time.Minute)
	none.until(`document.querySelector(".notices").innerText.includes("not kept")`, 10*time.Second)
	none.fill(".examples tbody tr:nth-child(1) textarea[lang=bo]", "བཀྲ་ཤིས།")
	file := none.export(t.TempDir())
	files := unzip(none, file)
	if !strings.Contains(string(files["examples.json"]), "བཀྲ་ཤིས།") {
		t.Errorf("the export holds %d files without the row", len(files))
	}
	p.importProject(file)
	p.until(`document.querySelector(".examples tbody textarea[lang=bo]")?.value === "བཀྲ་ཤིས།"`, 30*time.Second)
}

// export saves the project as a file and gives its path.
func (p *tab) export(dir string) string {
	p.Helper()
	p.do(browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllow).WithBrowserContextID(p.profile).WithDownloadPath(dir).WithEventsEnabled(true))
	p.openProjects()
	p.click("#export-project")
	eval[bool](p, `(document.querySelector("#projects-dialog").close(), true)`)
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if found, _ := filepath.Glob(filepath.Join(dir, "*.dongyur.zip")); len(found) == 1 {
			return found[0]
		}
	}
	p.Fatalf("no project was downloaded; the page says %s", p.text(".notices"))
	return ""
}

// importProject opens an exported file.
func (p *tab) importProject(file string) {
	p.Helper()
	if _, err := os.Stat(file); err != nil {
		p.Fatal(err)
	}
	p.openProjects()
	p.do(chromedp.SetUploadFiles("#import-project", []string{file}, chromedp.ByQuery))
}
