package state

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

func TestImport(t *testing.T) {
	s := newSession(t)
	s.Import("my.csv", []byte("a"), false)
	parse := s.last(protocol.CmdParse)
	if string(parse.Parse.Data) != "a" || parse.Parse.Task != "translate" || parse.Parse.SourceLang != "zh" {
		t.Errorf("parse %+v", *parse.Parse)
	}
	s.Handle(protocol.Event{ReplyTo: parse.ID, Type: protocol.EvParsed, Parsed: &protocol.Parsed{
		Problems: []protocol.TableProblem{{Line: 2, Column: 3, Message: "one column"}}}})
	s.done(parse)
	if len(s.Table.Rows) != 8 || len(s.Table.Problems) != 1 || s.Table.Reading {
		t.Errorf("an unreadable table changed the rows: %d rows, %d problems", len(s.Table.Rows), len(s.Table.Problems))
	}
	s.Handle(protocol.Event{Type: protocol.EvParsed, Parsed: &protocol.Parsed{Examples: lines(3)}})
	if train, held := s.Table.Counts(); train != 3 || held != 0 {
		t.Errorf("three rows: %d to train on, %d held out; too few to hold any out", train, held)
	}
}

// texts are the table's cells and parts, to compare.
func (t *Table) texts() string {
	var b strings.Builder
	for _, r := range t.Rows {
		fmt.Fprintf(&b, "%s|%s|%v\n", r.Example.Source, r.Example.Reference, r.HeldOut)
	}
	return b.String()
}

// TestUndo makes random edits and takes them all back, and does them all again.
func TestUndo(t *testing.T) {
	for seed := range uint64(20) {
		s := newSession(t)
		random := rand.New(rand.NewPCG(seed, 6))
		seen := []string{s.Table.texts()}
		for range 40 {
			before := len(s.Table.history.done)
			switch i := random.IntN(max(1, len(s.Table.Rows))); random.IntN(7) {
			case 0:
				s.AddRow()
			case 1:
				s.RemoveRow(i)
			case 2:
				s.SetHeldOut(i, random.IntN(2) == 0)
			case 3:
				s.Paste(i, Field([]Field{Source, Reference}[random.IntN(2)]), [][]string{{"甲", "ཀ།"}, {"乙"}, {fmt.Sprint(random.IntN(9)), "ཁ།", "x"}})
			case 4:
				s.ChooseTask([]string{"bo-zh", "zh-bo"}[random.IntN(2)])
			default:
				s.Type(i, Reference, fmt.Sprint("བོད་", random.IntN(99), "་"))
				s.Leave()
			}
			if len(s.Table.history.done) > before {
				seen = append(seen, s.Table.texts())
			}
		}
		for i := len(seen) - 2; i >= 0; i-- {
			if s.Undo(); s.Table.texts() != seen[i] {
				t.Fatalf("seed %d: undo %d gives\n%s, want\n%s", seed, i, s.Table.texts(), seen[i])
			}
		}
		if s.Undo(); s.Table.CanUndo() || s.Table.texts() != seen[0] {
			t.Fatal("there is more to undo than was edited")
		}
		for i := 1; i < len(seen); i++ {
			if s.Redo(); s.Table.texts() != seen[i] {
				t.Fatalf("seed %d: redo %d gives\n%s, want\n%s", seed, i, s.Table.texts(), seen[i])
			}
		}
	}
}

func TestUndoGoesByWords(t *testing.T) {
	s := newSession(t)
	s.Type(0, Reference, "")
	s.Leave()
	for _, text := range []string{"བ", "བོ", "བོད", "བོད་", "བོད་ཡ", "བོད་ཡི", "བོད་ཡིག", "བོད་ཡིག།"} {
		s.Type(0, Reference, text)
	}
	for _, want := range []string{"བོད་", "", "བོད་ཡིག"} {
		if s.Undo(); s.Table.Rows[0].Example.Reference != want {
			t.Errorf("undo gives %q, want %q", s.Table.Rows[0].Example.Reference, want)
		}
	}
	s.Redo()
	s.Type(1, Source, "另一句")
	if s.Table.CanRedo() {
		t.Error("an edit leaves what was undone to be done again")
	}
}

func TestHistoryIsBounded(t *testing.T) {
	s := newSession(t)
	for i := range 3 * maxEdits {
		s.Type(0, Source, fmt.Sprint("句", i))
		s.Leave()
	}
	if n := len(s.Table.history.done); n != maxEdits {
		t.Errorf("%d edits are kept, want %d", n, maxEdits)
	}
	for range 20 {
		s.takeParsed(&protocol.Parsed{Examples: lines(20_000)})
	}
	kept := 0
	for _, e := range s.Table.history.done {
		kept += len(e.before) + len(e.after)
	}
	if kept > maxKeptRows+40_000 {
		t.Errorf("%d rows are kept for undo, want about %d", kept, maxKeptRows)
	}
	if s.Undo(); len(s.Table.Rows) != 20_000 {
		t.Errorf("undo after a big import gives %d rows", len(s.Table.Rows))
	}
}

func TestChecks(t *testing.T) {
	row := func(source, reference string) Row {
		return Row{Example: task.Example{Source: source, Reference: reference, SourceLang: "zh", TargetLang: "bo", Task: "translate"}}
	}
	for _, test := range []struct {
		name string
		row  Row
		want []Check
	}{
		{"in order", row("你好", "བདེ་མོ།"), nil},
		{"other script", row("你好", "hello"), []Check{{Kind: "wrong script", Field: Reference, Text: "bo"}}},
		{"Wylie", row("你好", "bde mo"), []Check{{Kind: "Wylie", Field: Reference, Text: "bde mo"}}},
		{"nothing", row(" ", ""), []Check{{Kind: EmptySource, Field: Source, Hint: true}}},
		{"no source", row(" ", "བདེ་མོ།"), []Check{{Kind: EmptySource, Field: Source}}},
		{"no reference", row("你好", ""), []Check{{Kind: EmptyReference, Field: Reference, Hint: true}}},
		{"invisible", row("你\u200b好", "བདེ་མོ།"), []Check{{Kind: "zero-width character", Field: Source, Text: "你\u200b好"}}},
		{"damaged", row("你好", "བདེ་ྱམོ།"), []Check{{Kind: "subjoined letter alone", Field: Reference, Text: "ྱམོ"}}},
		{"no tsheg", row("你好", "དེ་རེདཡོད།"), []Check{{Kind: "tsheg missing", Field: Reference, Text: "རེདཡོད", Hint: true}}},
		{"no shad", row("你好", "བདེ་མོ"), []Check{{Kind: "no shad at the end", Field: Reference, Text: "མོ", Hint: true}}},
		{"placeholders", row("%1 你好 {name}", "{name} བདེ་མོ།"), []Check{{Kind: Placeholders, Field: Source, Text: "%1"}}},
		{"numbers", row("2008年3月", "༢༠༠༨ལོའི་ཟླ་༤པ།"), []Check{{Kind: NumbersDiffer, Field: Source, Text: "3", Hint: true}, {Kind: NumbersDiffer, Field: Reference, Text: "4", Hint: true}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			table := Table{Rows: []Row{test.row}}
			if got := table.Checks(0); !reflect.DeepEqual(got, test.want) {
				t.Errorf("%+v, want %+v", got, test.want)
			}
		})
	}
	table := Table{Rows: []Row{row("你好", "བདེ་མོ།"), row("你好", ""), row("你好", "hello"), row("谢谢", "ཐུགས་རྗེ་ཆེ།")}}
	if complete, of := table.Complete(); complete != 2 || of != 20 {
		t.Errorf("%d/%d complete, want 2/20", complete, of)
	}
}

func TestMend(t *testing.T) {
	s := newSession(t)
	s.Type(0, Reference, "བོ\u200bད་ཀིི།")
	for text, can := range map[string]bool{"བོ\u200bད་": true, "bod yig": true, "à½\u0096": true, "བོད།": false, "Writer": false} {
		if CanMend(text, "bo") != can {
			t.Errorf("that %q can be mended is %v", text, !can)
		}
	}
	if s.Mend(0); s.Table.Rows[0].Example.Reference != "བོད་ཀི།" {
		t.Errorf("mended to %q", s.Table.Rows[0].Example.Reference)
	}
	if s.Undo(); !strings.Contains(s.Table.Rows[0].Example.Reference, "\u200b") {
		t.Error("mending cannot be undone")
	}
}

func TestCells(t *testing.T) {
	for _, test := range []struct {
		text string
		want [][]string
	}{
		{"one cell", nil},
		{"one cell\r\n", nil},
		{"a\tb", [][]string{{"a", "b"}}},
		{"a\tb\r\nc\td\r\n", [][]string{{"a", "b"}, {"c", "d"}}},
		{"\"a\nb\"\t\"say \"\"x\"\"\"\nc\t", [][]string{{"a\nb", "say \"x\""}, {"c", ""}}},
		{"\"open\tb", [][]string{{"\"open", "b"}}},
		{"\"a\" b\tc", [][]string{{"\"a\" b", "c"}}},
		{"a\n\nb", [][]string{{"a"}, {""}, {"b"}}},
	} {
		if got, ok := Cells(test.text); !reflect.DeepEqual(got, test.want) || ok != (test.want != nil) {
			t.Errorf("Cells(%q) = %q", test.text, got)
		}
	}
}

func TestPaste(t *testing.T) {
	s := newSession(t)
	s.Paste(7, Source, [][]string{{"甲", "ཀ།", "beyond"}, {"乙", "ཁ།"}})
	if n := len(s.Table.Rows); n != 9 || s.Table.Rows[8].Example.Reference != "ཁ།" || s.Table.Rows[8].Example.TargetLang != "bo" || !s.Table.Rows[7].HeldOut {
		t.Errorf("%d rows, the last %+v", n, s.Table.Rows[n-1])
	}
	s.Paste(0, Reference, [][]string{{"ག།", "beyond"}})
	if e := s.Table.Rows[0].Example; e.Source != "这是一句话" || e.Reference != "ག།" {
		t.Errorf("pasted into the reference: %+v", e)
	}
}

func TestInspection(t *testing.T) {
	s := newSession(t)
	look := s.inspected[0]
	if got := look.Inspect.Examples; len(got) != 8 || got[3].Split != "test" || got[0].Split != "train" {
		t.Fatalf("the session looks at %+v", got)
	}
	s.Type(0, Source, "新的")
	s.Leave()
	if len(s.inspected) != 1 {
		t.Fatal("a second look began before the first had ended")
	}
	s.Handle(protocol.Event{ReplyTo: look.ID, Type: protocol.EvMatches, Matches: []protocol.Match{{Index: 1}}})
	s.done(look)
	if s.Table.Matches != nil || len(s.inspected) != 2 {
		t.Fatalf("matches of an older table are shown, or the session does not look again (%d)", len(s.inspected))
	}
	s.Handle(protocol.Event{ReplyTo: s.inspected[1].ID, Type: protocol.EvMatches, Matches: []protocol.Match{{Index: 3, Of: 1, Leak: true}}})
	s.done(s.inspected[1])
	if m := s.Table.Matches[3]; len(m) != 1 || !m[0].Leak {
		t.Errorf("matches %+v", s.Table.Matches)
	}
}

func TestSplitTable(t *testing.T) {
	s := newSession(t)
	if err := s.SplitTable(100, 1); err == nil {
		t.Error("all rows are held out")
	}
	if err := s.SplitTable(25, 7); err != nil {
		t.Fatal(err)
	}
	c := s.last(protocol.CmdSplit)
	if c.Split.Share != 0.25 || c.Split.Seed != 7 || len(c.Split.Examples) != 8 {
		t.Errorf("split %+v", c.Split)
	}
	s.Handle(protocol.Event{ReplyTo: c.ID, Type: protocol.EvSplit, Parts: &protocol.Parts{HeldOut: []bool{true, true, false, false, false, false, false, false}}})
	s.done(c)
	if !s.Table.Rows[0].HeldOut || s.Table.Rows[3].HeldOut {
		t.Error("the parts were not taken over")
	}
	if s.Undo(); s.Table.Rows[0].HeldOut || !s.Table.Rows[3].HeldOut {
		t.Error("dividing cannot be undone")
	}
}

func TestExportAndReadAgain(t *testing.T) {
	s := newSession(t)
	var got []protocol.File
	s.Export("tmx", func(f protocol.File) { got = append(got, f) })
	c := s.last(protocol.CmdExport)
	if c.Export.Format != "tmx" || len(c.Export.Examples) != 8 || c.Export.Examples[3].Split != "test" {
		t.Errorf("export %+v", c.Export)
	}
	s.Handle(protocol.Event{ReplyTo: c.ID, Type: protocol.EvFile, File: &protocol.File{Name: "examples.tmx"}})
	s.done(c)
	if len(got) != 1 || len(s.Adapter.Files) != 0 {
		t.Errorf("files %+v, of the adapter %+v", got, s.Adapter.Files)
	}
	s.Import("m.tmx", []byte("<tmx>"), true)
	parse := s.last(protocol.CmdParse)
	s.Handle(protocol.Event{ReplyTo: parse.ID, Type: protocol.EvParsed, Parsed: &protocol.Parsed{Report: &protocol.TableReport{Columns: []protocol.TableColumn{{Name: "zh-TW"}, {Name: "bo"}}}}})
	s.done(parse)
	s.ReadAgain("zh-TW", "bo")
	again := s.last(protocol.CmdParse)
	if string(again.Parse.Data) != "<tmx>" || again.Parse.Columns["source"] != "zh-TW" || again.Parse.Columns["reference"] != "bo" {
		t.Errorf("read again as %+v", again.Parse)
	}
	s.Handle(protocol.Event{ReplyTo: again.ID, Type: protocol.EvParsed, Parsed: &protocol.Parsed{Examples: []task.Example{{ID: "a", Source: "一", Split: "test"}, {ID: "a", Source: "二"}}}})
	s.done(again)
	if n := len(s.Table.Rows); n != 10 || !s.Table.Rows[8].HeldOut || s.Table.Rows[9].HeldOut || s.Table.Rows[8].Example.ID == s.Table.Rows[9].Example.ID {
		t.Errorf("%d rows, added %+v", n, s.Table.Rows[8:])
	}
	s.Import("big.tsv", make([]byte, maxImport+1), false)
	if len(s.Table.Problems) != 1 || !strings.Contains(s.Table.Problems[0].Message, "MB") || s.last(protocol.CmdParse).ID != again.ID {
		t.Errorf("a file that is too large gives %+v", s.Table.Problems)
	}
}

// TestDamagedImportsLoseNothing: whatever the session says of a file, the rows and
// what can be undone stay as they are.
func TestDamagedImportsLoseNothing(t *testing.T) {
	s := newSession(t)
	s.Type(0, Source, "我的")
	want, depth := s.Table.texts(), len(s.Table.history.done)
	for i, kind := range []string{"tsv", "csv", "jsonl", "xlf", "tmx"} {
		for _, answer := range []func(c protocol.Command){
			func(c protocol.Command) { s.fail(c, errors.New("unreadable").Error()) },
			func(c protocol.Command) {
				s.Handle(protocol.Event{ReplyTo: c.ID, Type: protocol.EvParsed, Parsed: &protocol.Parsed{Problems: []protocol.TableProblem{{Line: i + 1, Message: "damaged"}}}})
				s.done(c)
			},
		} {
			s.Import("f."+kind, []byte("\x00<"), i%2 == 0)
			answer(s.last(protocol.CmdParse))
			if s.Table.texts() != want || len(s.Table.history.done) != depth || s.Table.Reading || len(s.Table.Problems) == 0 || s.Table.Problems[0].Message == "" {
				t.Fatalf("after a damaged %s: %d rows, %d edits, problems %+v", kind, len(s.Table.Rows), len(s.Table.history.done), s.Table.Problems)
			}
		}
	}
}
