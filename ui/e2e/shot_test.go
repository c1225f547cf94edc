//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestScreenshots takes pictures for a person to look at, into the folder that
// SHOTS names.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("SHOTS")
	if dir == "" {
		t.Skip("set SHOTS to a folder to take screenshots")
	}
	p := open(t, 8*time.Minute)
	p.until(`document.querySelectorAll(".examples tbody tr").length > 20`, 30*time.Second)
	p.shoot(dir, "open", false)
	p.smallRun(6)
	p.fill("#tokens", "20")
	p.click("#play")
	p.until(`document.querySelector("#chart-reward")?.dataset.points >= 5 && document.querySelector(".group table")`, 5*time.Minute)
	p.shoot(dir, "train", true)
	p.until(`document.querySelector("#count").innerText.includes("ready")`, 5*time.Minute)
	p.click(".tabs .tab:nth-child(2)")
	p.until(`document.querySelector(".answers table")`, time.Minute)
	p.shoot(dir, "inside", true)
	p.click("#tab-compare")
	p.click("#part-compare")
	p.until(`document.querySelector("#scores")`, 5*time.Minute)
	p.shoot(dir, "compare", true)
}

// shoot takes a view on a desktop and on a phone, light and, if asked, dark.
func (p *tab) shoot(dir, name string, dark bool) {
	p.Helper()
	for _, size := range []struct {
		name          string
		width, height int64
	}{{"1400", 1400, 900}, {"390", 390, 844}} {
		for _, scheme := range []string{"light", "dark"} {
			if scheme == "dark" && !dark {
				continue
			}
			var picture []byte
			p.do(emulation.SetDeviceMetricsOverride(size.width, size.height, 1, size.width < 500),
				emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
				chromedp.Sleep(200*time.Millisecond), chromedp.CaptureScreenshot(&picture))
			file := filepath.Join(dir, name+"-"+size.name+"-"+scheme+".png")
			if err := os.WriteFile(file, picture, 0o644); err != nil {
				p.Fatal(err)
			}
		}
	}
	p.do(emulation.ClearDeviceMetricsOverride())
}
