//go:build e2e

package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/dongyur/dongyur/ui/state"
)

// TestFirstAnswer opens the page where nothing is kept and has each model write a translation: how long that
// takes from the address on, and what was downloaded. The server is this machine, so a network's time is to be added.
func TestFirstAnswer(t *testing.T) {
	if os.Getenv("BENCH") == "" {
		t.Skip("set BENCH=1 to time each model's first answer from a cold cache")
	}
	start(t)
	answer, err := http.Get(address + "assets/models/index.json")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var models []state.Model
	if err := json.NewDecoder(answer.Body).Decode(&models); err != nil {
		t.Fatal(err)
	}
	for _, m := range models {
		if len(m.Tasks) == 0 {
			continue
		}
		t.Run(m.Name, func(t *testing.T) {
			var files int64
			for _, f := range m.Files {
				files += f.Bytes
			}
			p := newTab(t, 5*time.Minute, newProfile(t))
			before := gate.sent.Load()
			p.do(chromedp.Navigate(address + "?v=1&view=compare&part=try&model=" + m.Name))
			p.until(`document.querySelector("#try-text")`, time.Minute)
			interactive := eval[float64](p, `performance.now()`)
			p.fill("#try-text", "网络异常")
			p.until(`!document.querySelector("#try-go").disabled`, time.Minute)
			p.click("#try-go")
			p.until(`document.querySelector(".candidate .figures")?.innerText.trim()`, 4*time.Minute)
			first := eval[float64](p, `performance.now()`)
			if text := p.text(".candidate"); text == "" || files == 0 {
				t.Errorf("the first answer is %q, of %d bytes of weights", text, files)
			}
			t.Logf("%s: the form after %.1f s, the first answer after %.1f s; the model has %.1f MB, sent were %.1f MB with the page and the encoders (%s)",
				m.Name, interactive/1000, first/1000, float64(files)/1e6, float64(gate.sent.Load()-before)/1e6, p.text("#engine"))
		})
	}
}
