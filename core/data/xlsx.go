package data

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// XLSX is Excel's workbook (ECMA-376, Office Open XML), which LibreOffice, WPS and Google
// Sheets write too. This reader takes the texts of its first sheet that has any. excelize
// reads the rest of the format as well, and would add a third to the page's worker: 2.36 MB
// under Brotli in place of 1.37 for a program that only opens a file, of 3.0 that the
// worker may have.
var _ = register(Format{Name: "xlsx", Title: "Excel (XLSX)", Extensions: []string{".xlsx"}, Magic: "PK\x03\x04", Read: readXLSX})

func readXLSX(f file) (*sheet, error) {
	archive, err := zip.NewReader(bytes.NewReader(f.raw), int64(len(f.raw)))
	if err != nil {
		return nil, f.wrong(1, 1, "the Excel file is damaged (%v); export or download it again", err)
	}
	w := workbook{file: f, archive: archive}
	sheets, err := w.sheets()
	if err != nil {
		return nil, err
	}
	if w.texts, err = w.sharedTexts(); err != nil {
		return nil, err
	}
	for i, s := range sheets {
		rows, err := w.rows(s.path)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 && i+1 < len(sheets) {
			continue
		}
		read := &sheet{rows: rows}
		if len(sheets) > 1 {
			read.notes = append(read.notes, fmt.Sprintf("the workbook has %d sheets; %q was read", len(sheets), s.name))
		}
		return read, nil
	}
	return nil, f.wrong(1, 1, "the workbook has no sheet of cells; add one with the examples")
}

// workbook is an open file with its table of texts.
type workbook struct {
	file
	archive *zip.Reader
	texts   []string
}

// part opens an XML file of the archive; nil where it has none of that name.
func (w *workbook) part(name string) (*xmlReader, error) {
	for _, member := range w.archive.File {
		if !strings.EqualFold(member.Name, name) {
			continue
		}
		content, err := member.Open()
		if err != nil {
			return nil, w.wrong(1, 1, "the Excel file is damaged (%s: %v); export or download it again", name, err)
		}
		defer content.Close()
		text, err := io.ReadAll(io.LimitReader(content, maxTable+1)) // whatever size the archive names
		switch {
		case err != nil:
			return nil, w.wrong(1, 1, "the Excel file is damaged (%s: %v); export or download it again", name, err)
		case len(text) > maxTable:
			return nil, w.wrong(1, 1, "%s is larger than %d MB; split the workbook into smaller files", name, maxTable>>20)
		}
		return newXMLReader(file{name: w.name, text: string(text)}), nil
	}
	return nil, nil
}

// each calls on for every start of an element of a part, with the rest of the element to
// be read from x. A part that is not there has none.
func (w *workbook) each(name string, on func(x *xmlReader, t xml.StartElement) error) error {
	x, err := w.part(name)
	if x == nil || err != nil {
		return err
	}
	for {
		token, err := x.next()
		if err != nil {
			return w.wrong(1, 1, "the Excel file is damaged (%s: %v); export or download it again", name, err)
		}
		switch t := token.(type) {
		case nil:
			return nil
		case xml.StartElement:
			if err := on(x, t); err != nil {
				return err
			}
		}
	}
}

// workbookSheet is a sheet by its name and its part of the archive.
type workbookSheet struct{ name, path string }

// sheets are those that are shown, in their order.
func (w *workbook) sheets() ([]workbookSheet, error) {
	paths := map[string]string{}
	err := w.each("xl/_rels/workbook.xml.rels", func(_ *xmlReader, t xml.StartElement) error {
		if target := attribute(t, "Target"); strings.HasPrefix(target, "/") {
			paths[attribute(t, "Id")] = strings.TrimPrefix(target, "/")
		} else {
			paths[attribute(t, "Id")] = path.Join("xl", target)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var sheets []workbookSheet
	err = w.each("xl/workbook.xml", func(_ *xmlReader, t xml.StartElement) error {
		if t.Name.Local == "sheet" && attribute(t, "state") != "hidden" && attribute(t, "state") != "veryHidden" {
			sheets = append(sheets, workbookSheet{attribute(t, "name"), paths[relation(t)]})
		}
		return nil
	})
	if err == nil && len(sheets) == 0 {
		err = w.wrong(1, 1, "the file is a zip archive and no Excel workbook with a sheet; unpack it, or save the table as XLSX or CSV UTF-8")
	}
	return sheets, err
}

// relation is the r:id of a sheet, which also has a sheetId.
func relation(t xml.StartElement) string {
	for _, a := range t.Attr {
		if a.Name.Local == "id" && a.Name.Space != "" {
			return a.Value
		}
	}
	return ""
}

// sharedTexts are the texts that cells name by number.
func (w *workbook) sharedTexts() ([]string, error) {
	var texts []string
	err := w.each("xl/sharedStrings.xml", func(x *xmlReader, t xml.StartElement) error {
		if t.Name.Local != "si" {
			return nil
		}
		text, _, _, err := x.content(xlsxInline)
		texts = append(texts, escaped(text))
		return err
	})
	return texts, err
}

// xlsxInline leaves out the readings above characters.
func xlsxInline(t xml.StartElement) inline {
	return inline{plain: t.Name.Local != "rPh"}
}

// rows are the rows of a sheet that hold anything, each with its number.
func (w *workbook) rows(part string) ([]sheetRow, error) {
	var rows []sheetRow
	number, column := 0, 0
	err := w.each(part, func(x *xmlReader, t xml.StartElement) error {
		switch t.Name.Local {
		case "row":
			column = 0
			if number++; attribute(t, "r") != "" {
				number, _ = strconv.Atoi(attribute(t, "r"))
			}
			rows = append(rows, sheetRow{line: number, column: 1})
		case "c":
			if column++; attribute(t, "r") != "" {
				column = columnNumber(attribute(t, "r"))
			}
			if err := tooWide(w.file, number, column); err != nil {
				return err
			}
			text, err := w.cell(x, attribute(t, "t"))
			if err != nil || len(rows) == 0 || column < 1 {
				return err
			}
			r := &rows[len(rows)-1]
			for len(r.cells) < column {
				r.cells = append(r.cells, cell{line: number, column: len(r.cells) + 1})
			}
			r.cells[column-1].text = text
		}
		return nil
	})
	kept, width := rows[:0], 0
	for _, r := range rows {
		if !blank(r.cells) {
			kept, width = append(kept, r), max(width, len(r.cells))
		}
	}
	for i, r := range kept { // empty cells at a row's end are not written
		for len(r.cells) < width {
			r.cells = append(r.cells, cell{line: r.line, column: len(r.cells) + 1})
		}
		kept[i] = r
	}
	return kept, err
}

// cell reads to the end of a cell of that type. A formula has its latest value beside it.
func (w *workbook) cell(x *xmlReader, kind string) (string, error) {
	text, _, _, err := x.content(func(t xml.StartElement) inline {
		name := t.Name.Local
		return inline{plain: name != "f" && name != "rPh"}
	})
	if err != nil {
		return "", err
	}
	if kind != "s" {
		return escaped(text), nil
	}
	i, err := strconv.Atoi(text)
	if err != nil || i < 0 || i >= len(w.texts) {
		return "", w.wrong(1, 1, "a cell names the text number %q, and the workbook has %d; it is damaged: save it again", text, len(w.texts))
	}
	return w.texts[i], nil
}

// columnNumber reads the letters of a cell's name: 28 of AB12.
func columnNumber(name string) int {
	n := 0
	for _, r := range name {
		if r < 'A' || r > 'Z' || n > maxColumns {
			break
		}
		n = n*26 + int(r-'A') + 1
	}
	return n
}

// escaped reads how a workbook writes characters that XML cannot hold: _x000D_.
func escaped(text string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "_x")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if code, err := strconv.ParseUint(after[:min(4, len(after))], 16, 32); err == nil && len(after) > 4 && after[4] == '_' {
			if code != '\r' {
				b.WriteRune(rune(code))
			}
			text = after[5:]
			continue
		}
		b.WriteString("_x")
		text = after
	}
}
