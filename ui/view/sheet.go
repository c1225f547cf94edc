package view

import (
	"html"
	"strconv"
	"strings"
)

// The colours and dashes of runs and terms on paper: the light ones of page.css.
var (
	paperColours = []string{"#111827", "#1d4ed8", "#c0518f", "#8a7300", "#52606d", "#a8440a", "#0a5fa8"}
	paperDashes  = []string{"", "7 4", "2 4", "9 3 2 3", "4 2", "1 3", "12 4"}
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
		sheetText(&b, 56, float64(y)+4, "#16202a", runTitle(r))
	}
	b.WriteString(`</svg>`)
	return b.String(), width, height
}

// onSheet draws one chart, its drawing stretched to the cell.
func (p plot) onSheet(b *strings.Builder) {
	w, h := p.size()
	text := ""
	for _, k := range p.legend(0) {
		text += "  " + k.Text
	}
	sheetText(b, 0, 12, "#16202a", p.Title)
	sheetText(b, 0, 28, "#52606d", strings.TrimSpace(text))
	wide, high := (sheetCell-sheetMargin)/w, 130/h
	b.WriteString(`<g transform="translate(0 36) scale(` + coordinate2(wide) + ` ` + coordinate2(high) + `)">`)
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
	sheetText(b, 0, 48, "#52606d", p.Top)
	sheetText(b, 0, 164, "#52606d", p.Bottom)
}

// paper is the stroke of a line by the number at the end of its class.
func paper(class string) string {
	n := int(class[len(class)-1]-'1') % len(paperColours)
	dash := ""
	if paperDashes[n] != "" {
		dash = ` stroke-dasharray="` + paperDashes[n] + `"`
	}
	return ` fill="none" stroke-width="2" vector-effect="non-scaling-stroke" stroke="` + paperColours[n] + `"` + dash
}

func sheetText(b *strings.Builder, x, y float64, fill, text string) {
	b.WriteString(`<text x="` + coordinate(x) + `" y="` + coordinate(y) + `" fill="` + fill + `">` + html.EscapeString(text) + `</text>`)
}

func coordinate2(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }
