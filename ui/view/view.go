// Package view holds the page's components.
//
// In go the state (ui/state) and a few things only a browser can do (Page's
// functions); out come Vugu nodes. Components hold no state of their own but what
// is half typed, so what is seen follows from state alone. The .vugu files hold the
// markup and their _gen.go files are generated from them.
package view

//go:generate go tool vugugen -skip-go-mod -skip-main .

import (
	"strconv"
	"strings"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
)

// Browser is what only a browser can do.
type Browser struct {
	Download func(name string, files []protocol.File) // offers files to the user under one name
	Share    func()                                   // opens the dialog that shares
	Changed  func()                                   // the state changed outside of an event
}

// New puts the components of a page together.
func New(app *state.App, browser Browser) *Page {
	helps := newHelps(app)
	curves := &Curves{App: app}
	return &Page{
		App:         app,
		browser:     browser,
		helps:       helps,
		curves:      curves,
		Settings:    newSettings(app, helps),
		Playground:  &Playground{App: app, helps: helps},
		Samples:     &Group{App: app},
		Curves:      curves,
		Explanation: &Explanation{App: app},
		Inside:      &Inside{App: app},
		Map:         &Map{App: app},
		Examples:    &Examples{App: app, changed: browser.Changed, download: browser.Download},
		Tune:        &Tune{App: app},
		Compare:     &Comparison{App: app, download: browser.Download},
		Try:         &Try{App: app},
		Preferences: &Preferences{App: app},
	}
}

// Export gives the curves what only a browser can do: to offer a text as a file, and
// an SVG drawing as a PNG.
func (c *Page) Export(save func(name, kind, content string), picture func(name, svg string, width, height int)) {
	c.curves.Save, c.curves.Picture = save, picture
}

// files is an event that carries files: a file input's or a drop's.
type files interface {
	ReadFiles(take func(name string, data []byte))
}

// number shows a measured value with at least three significant places.
func number(v float64) string {
	text := strconv.FormatFloat(v, 'f', 3, 64)
	switch size := max(v, -v); {
	case size >= 10:
		text = strconv.FormatFloat(v, 'f', 1, 64)
	case size > 1e-9 && size < 0.001:
		text = strconv.FormatFloat(v, 'e', 0, 64)
	case size <= 1e-9:
		text = "0.000"
	}
	return strings.Replace(text, "-", "−", 1)
}

// signed is number with its sign always printed: colour alone tells nobody.
func signed(v float64) string {
	if v > 0 {
		return "+" + number(v)
	}
	return number(v)
}

// setting shows a value in a field, as short as it can be written.
func setting(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

func megabytes(n int64) string {
	return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB"
}

func duration(seconds float64) string {
	s := int(seconds + 0.5)
	if s < 60 {
		return strconv.Itoa(s) + " s"
	}
	return strconv.Itoa(s/60) + " min " + strconv.Itoa(s%60) + " s"
}

func class(names string, more bool, added string) string {
	if more {
		return names + " " + added
	}
	return names
}

func truth(b bool) string { return strconv.FormatBool(b) }

// typedNumber reads what stands in a number field; false while it is no number.
func typedNumber(e vugu.DOMEvent) (float64, bool) {
	v, err := strconv.ParseFloat(e.PropString("target", "value"), 64)
	return v, err == nil
}
