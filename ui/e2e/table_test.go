//go:build e2e

package e2e

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/dongyur/dongyur/core/data"
)

// table opens the page at its examples.
func table(t *testing.T, limit time.Duration) *tab {
	p := open(t, limit)
	p.until(rowsAreThere, 2*time.Minute)
	p.click("#tab-compare")
	p.click("#part-examples")
	return p
}

// importFile gives the page a file as a user would choose it.
func (p *tab) importFile(name string, content []byte) {
	p.Helper()
	if eval[string](p, `document.querySelector("#import").getAttribute("aria-expanded")`) != "true" {
		p.click("#import")
	}
	p.until(`document.querySelector("#file")`, 10*time.Second)
	eval[bool](p, `(() => { const all = new DataTransfer(), bytes = Uint8Array.from(atob("`+base64.StdEncoding.EncodeToString(content)+`"), c => c.charCodeAt(0));
		all.items.add(new File([bytes], "`+name+`")); const e = document.querySelector("#file"); e.files = all.files;
		e.dispatchEvent(new Event("change", {bubbles: true})); return true })()`)
}

const (
	rowCount       = `document.querySelectorAll(".examples tbody tr").length`
	firstReference = `document.querySelector("#reference-1").value`
)

func TestEveryFormatIsImported(t *testing.T) {
	p := table(t, 5*time.Minute)
	examples := data.Starter(data.Translate, "zh", "bo")[:24]
	for i, format := range []string{data.TSV, data.CSV, data.JSONL, data.XLIFF, data.XLIFF2, data.TMX} {
		own := append([]data.Example{}, examples...)
		own[0].Reference = strings.Repeat("ཀ་", i+1) + "ཀ།" // told apart by it
		var file bytes.Buffer
		if err := data.Write(&file, format, own); err != nil {
			t.Fatal(err)
		}
		p.importFile("mine."+data.Extension(format), file.Bytes())
		p.until(rowCount+` === 24 && `+firstReference+` === "`+own[0].Reference+`"`, time.Minute)
	}
	p.importFile("broken.tmx", []byte("<tmx><body><tu>"))
	p.until(`document.querySelector("#table-problems")?.innerText.includes("line 1, column")`, time.Minute)
	p.importFile("bomb.xlf", []byte(`<!DOCTYPE x [<!ENTITY a "aaa">]><xliff version="1.2">&a;</xliff>`))
	p.until(`document.querySelector("#table-problems")?.innerText.includes("entities")`, time.Minute)
	if n := eval[int](p, rowCount); n != 24 {
		t.Errorf("after two damaged files the table has %d rows, want the 24 that were there", n)
	}
	three := `<tmx version="1.4"><header/><body><tu><tuv xml:lang="zh-CN"><seg>一</seg></tuv><tuv xml:lang="zh-TW"><seg>二</seg></tuv><tuv xml:lang="bo"><seg>ཀ།</seg></tuv></tu></body></tmx>`
	p.importFile("three.tmx", []byte(three))
	p.until(`document.querySelector("#languages")`, time.Minute)
	p.fill("#from", "zh-TW")
	p.click("#read-languages")
	p.until(rowCount+` === 1 && document.querySelector("#source-1").value === "二"`, time.Minute)
	if wrong := p.complaints(); len(wrong) > 0 {
		t.Errorf("the page complained: %q", wrong)
	}
}
