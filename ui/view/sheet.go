package view

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The colours and dashes of runs and terms on paper: the light ones of page.css. Colours
// come again after seven; each line has a dash of its own.
var (
	paperColours = []string{"#111827", "#1d4ed8", "#c0518f", "#8a7300", "#52606d", "#a8440a", "#0a5fa8"}
	paperDashes  = []string{"", "7 4", "2 4", "9 3 2 3", "4 5", "1 7", "14 5",
		"16 4 1 4 1 4", "5 4 1 4", "4 4 12 4", "1 4 1 9", "4 4 4 10", "8 9", "12 4 4 4 4 4"}
)

// Sizes on the sheet.
const (
	sheetColumns, sheetCell, sheetHigh = 2, 420, 190
	sheetMargin                        = 16
)

// sheet draws all charts on white, for a picture that stands by itself: with the
// runs, their methods and what changed.
func (c *Curves) sheet() (svg string, width, height int) {
	plots := c.charts()
	rows := (len(plots) + sheetColumns - 1) / sheetColumns
	width = sheetColumns*sheetCell + sheetMargin
	height = sheetMargin + rows*sheetHigh + 22*len(c.App.Runs) + sheetMargin
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" width="` + strconv.Itoa(width) + `" height="` + strconv.Itoa(height) + `" font-family="system-ui, sans-serif" font-size="12"><rect width="100%" height="100%" fill="#ffffff"/>`)
	for i, p := range plots {
		x, y := sheetMargin+i%sheetColumns*sheetCell, sheetMargin+i/sheetColumns*sheetHigh
		b.WriteString(`<g transform="translate(` + strconv.Itoa(x) + ` ` + strconv.Itoa(y) + `)">`)
		p.onSheet(&b)
		b.WriteString(`</g>`)
	}
	for i, r := range c.App.Runs {
		y := sheetMargin + rows*sheetHigh + 22*i + 8
		b.WriteString(`<line x1="16" x2="48" y1="` + strconv.Itoa(y) + `" y2="` + strconv.Itoa(y) + `"` + paper(runClass(r)) + `/>`)
		sheetText(&b, 56, float64(y)+4, "#16202a", runTitle(c.App, r))
	}
	b.WriteString(`</svg>`)
	return b.String(), width, height
}

// onSheet draws one chart, its drawing stretched to the cell.
func (p plot) onSheet(b *strings.Builder) {
	w, h := p.size()
	sheetText(b, 0, 12, "#16202a", p.Title)
	top := p.legendOnSheet(b) + 8
	wide, high := (sheetCell-sheetMargin)/w, (166-top)/h
	b.WriteString(`<g transform="translate(0 ` + coordinate(top) + `) scale(` + coordinate2(wide) + ` ` + coordinate2(high) + `)">`)
	for _, y := range p.Grid {
		b.WriteString(`<line x1="48" x2="` + coordinate(w) + `" y1="` + y + `" y2="` + y + `" stroke="#d5dbe1" vector-effect="non-scaling-stroke"/>`)
	}
	for _, l := range p.Lines {
		faint := ""
		if strings.Contains(l.Class, " raw ") {
			faint = ` opacity=".35"`
		}
		b.WriteString(`<path d="` + l.Path + `"` + paper(l.Class) + faint + `/>`)
	}
	b.WriteString(`</g>`)
	sheetText(b, 0, top+12, "#52606d", p.Top)
	sheetText(b, 0, 164, "#52606d", p.Bottom)
}

// legendOnSheet writes the lines' names with a piece of each line, in as many rows as
// they take, and tells where the last row ends.
func (p plot) legendOnSheet(b *strings.Builder) float64 {
	const row, sample, letter = 16.0, 34.0, 6.6 // of 12 px type, about
	x, y := 0.0, 28.0
	for _, k := range p.legend(0) {
		width := sample + letter*float64(utf8.RuneCountInString(k.Text)) + 10
		if x > 0 && x+width > sheetCell-sheetMargin {
			x, y = 0, y+row
		}
		b.WriteString(`<line x1="` + coordinate(x+1) + `" x2="` + coordinate(x+sample-4) + `" y1="` + coordinate(y-4) + `" y2="` + coordinate(y-4) + `"` + paper(k.Class) + `/>`)
		sheetText(b, x+sample, y, "#52606d", k.Text)
		x += width
	}
	return y
}

// paper is the stroke of a line by the number at the end of its class.
func paper(class string) string {
	n, _ := strconv.Atoi(class[strings.LastIndexByte(class, '-')+1:])
	n = (n - 1) % len(paperDashes)
	dash := ""
	if paperDashes[n] != "" {
		dash = ` stroke-dasharray="` + paperDashes[n] + `"`
	}
	return ` fill="none" stroke-width="2" vector-effect="non-scaling-stroke" stroke="` + paperColours[n%len(paperColours)] + `"` + dash
}

func sheetText(b *strings.Builder, x, y float64, fill, text string) {
	b.WriteString(`<text x="` + coordinate(x) + `" y="` + coordinate(y) + `" fill="` + fill + `">` + html.EscapeString(text) + `</text>`)
}

func coordinate2(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }
