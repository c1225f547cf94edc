//go:build e2e

package e2e

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestScreenshots takes pictures of every view for a person to look at, into the folder
// that SHOTS names: SHOTS=$PWD/assets/screenshots renews those of the README.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("SHOTS")
	if dir == "" {
		t.Skip("set SHOTS to a folder to take screenshots")
	}
	p := open(t, 9*time.Minute)
	p.everyView(6, func(view string) {
		for _, size := range sizes {
			for _, scheme := range schemes {
				p.show(size, scheme)
				p.top(view)
				p.shoot(filepath.Join(dir, view+"-"+size.name+"-"+scheme+".png"))
			}
		}
		p.show(sizes[0], schemes[0])
	})
}

// top scrolls to where a view begins; the map lies below the answers.
func (p *tab) top(view string) {
	p.Helper()
	eval[bool](p, `(scrollTo(0, 0), `+strconv.FormatBool(view != "map")+` || document.querySelector(".map").scrollIntoView(), scrollBy(0, -64), true)`)
}

type size struct {
	name          string
	width, height int64
}

var (
	sizes   = []size{{"desktop", 1400, 900}, {"phone", 390, 844}}
	schemes = []string{"light", "dark"}
)

// show gives the page a size and a colour scheme.
func (p *tab) show(s size, scheme string) {
	p.Helper()
	p.do(emulation.SetDeviceMetricsOverride(s.width, s.height, 1, s.width < 500), emulation.SetTouchEmulationEnabled(s.width < 500),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
	p.frames()
}

// frames waits until what changed is drawn.
func (p *tab) frames() {
	p.Helper()
	p.do(chromedp.Evaluate(`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))))`, nil, awaited))
}

// everyView trains a little and brings up one view after the other with something to
// see in it; look is called at each.
func (p *tab) everyView(steps int, look func(view string)) {
	p.Helper()
	p.smallRun(steps)
	p.until(`document.querySelector("#engine")?.innerText.includes("engine: ")`, time.Minute)
	eval[bool](p, `([...document.querySelectorAll(".notice .quiet")].forEach(b => b.click()), true)`)
	p.fill("#tokens", "20")
	p.fill("#group", "6")
	p.run(steps)
	p.until(`document.querySelectorAll(".line .now").length > 0`, 10*time.Second)
	look("train")

	p.click("#tab-inside")
	p.until(`document.querySelectorAll(".answers tbody tr").length === 6`, time.Minute)
	look("inside")
	p.until(`document.querySelector("#map .mark")`, time.Minute)
	look("map")

	p.click("#tab-compare")
	for _, part := range []struct{ name, shown string }{
		{"examples", `.examples tbody tr`}, {"tune", `.tune`}, {"compare", `#scores`}, {"try", `#try-text`},
	} {
		p.click("#part-" + part.name)
		p.until(`document.querySelector("`+part.shown+`")`, 3*time.Minute)
		if part.name == "try" {
			p.fill("#try-text", "明天会下雨。")
			p.click("#try-go")
			p.until(`document.querySelectorAll(".candidate .figures").length === 4`, time.Minute)
		}
		look(part.name)
	}
	p.click("#part-vote")
	p.until(`document.querySelector("#start-vote") && !document.querySelector("#start-vote").disabled`, time.Minute)
	p.click("#start-vote")
	p.until(`document.querySelector("#answer-A")`, 10*time.Second)
	look("vote")

	p.click("#tab-lessons")
	p.until(lessonsAreListed, 30*time.Second)
	p.click("#lesson-clip")
	p.until(`document.querySelectorAll(".lesson-step").length === 1`, 30*time.Second)
	p.click("#lesson-next")
	p.until(`document.querySelector(".choice input")`, 10*time.Second)
	p.click(".choice:nth-of-type(1) input")
	p.click("#lesson-next")
	p.until(`document.querySelector("#lesson-run")`, 10*time.Second)
	look("lessons")

	for _, dialog := range []string{"projects", "page-settings"} {
		p.click("#" + dialog)
		p.until(`document.querySelector("dialog[open]")`, 10*time.Second)
		look(dialog)
		p.click("dialog[open] .head button")
		p.until(`!document.querySelector("dialog[open]")`, 10*time.Second)
	}
}

// shoot writes what the page shows to a file, in 256 colours.
func (p *tab) shoot(file string) {
	p.Helper()
	var taken []byte
	p.do(chromedp.CaptureScreenshot(&taken))
	full, err := png.Decode(bytes.NewReader(taken))
	if err != nil {
		p.Fatal(err)
	}
	out, err := os.Create(file)
	if err != nil {
		p.Fatal(err)
	}
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(out, inFewColours(full)); err != nil {
		p.Fatal(err)
	}
	if err := out.Close(); err != nil {
		p.Fatal(err)
	}
}

// inFewColours keeps the 256 commonest colours of a picture and takes the nearest of
// them for the others, which are the rims of letters.
func inFewColours(full image.Image) image.Image {
	counts := map[color.RGBA]int{}
	bounds := full.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			counts[color.RGBAModel.Convert(full.At(x, y)).(color.RGBA)]++
		}
	}
	all := make([]color.RGBA, 0, len(counts))
	for c := range counts {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.RGBA) int {
		if d := counts[b] - counts[a]; d != 0 {
			return d
		}
		return int(a.R)<<16 + int(a.G)<<8 + int(a.B) - int(b.R)<<16 - int(b.G)<<8 - int(b.B)
	})
	var colours color.Palette
	for _, c := range all[:min(len(all), 256)] {
		colours = append(colours, c)
	}
	nearest := map[color.RGBA]uint8{}
	for _, c := range all {
		nearest[c] = uint8(colours.Index(c))
	}
	few := image.NewPaletted(bounds, colours)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			few.SetColorIndex(x, y, nearest[color.RGBAModel.Convert(full.At(x, y)).(color.RGBA)])
		}
	}
	return few
}
