package data

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

const xliff12 = `<?xml version="1.0" encoding="UTF-8"?>
<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">
 <file original="a.txt" source-language="zh-CN" target-language="bo" datatype="plaintext"><body>
  <group><trans-unit id="1"><source>你好<x id="1"/> &amp; <g id="2">再见</g></source><seg-source><mrk mtype="seg">no</mrk></seg-source>
   <target>བདེ་མོ།</target><note>greeting</note><note from="split">test</note>
   <alt-trans><source>other</source><target>other</target></alt-trans></trans-unit></group>
  <trans-unit id="2"><source>谢谢</source></trans-unit>
 </body></file>
</xliff>`

const xliff20 = `<xliff version="2.0" xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="zh" trgLang="bo"><file id="f">
<unit id="u1" name="hello"><mtc:matches xmlns:mtc="m"><mtc:match><source>no</source><target>no</target></mtc:match></mtc:matches>
<notes><note>greeting</note></notes>
<segment><source>你好</source><target>བདེ་<pc id="1">མོ།</pc></target></segment><ignorable><source> </source></ignorable>
<segment><source>谢谢</source><target>ཐུགས་རྗེ་ཆེ།</target></segment></unit></file></xliff>`

const tmx3 = `<?xml version="1.0"?><!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header srclang="*all*" segtype="sentence"/><body>
<tu tuid="a"><prop type="domain">talk</prop><tuv xml:lang="en-US"><seg>Hello</seg></tuv><tuv xml:lang="zh-CN"><seg>你好<ph>{1}</ph></seg></tuv><tuv xml:lang="bod"><seg>བདེ་<hi>མོ།</hi></seg></tuv></tu>
<tu><tuv xml:lang="en-US"><seg>Thanks</seg></tuv><tuv xml:lang="bod"><seg>ཐུགས་རྗེ་ཆེ།</seg></tuv></tu>
</body></tmx>`

func TestReadUnits(t *testing.T) {
	translate := func(id, source, reference string) task.Example {
		return task.Example{ID: id, Task: task.Translate, Source: source, Reference: reference, SourceLang: "zh", TargetLang: "bo"}
	}
	greeting := translate("1", "你好{1} & 再见", "བདེ་མོ།")
	greeting.Split, greeting.Meta = "test", map[string]string{"note": "greeting"}
	hello := translate("hello", "你好", "བདེ་མོ།")
	hello.Meta = map[string]string{"note": "greeting"}
	thanks := translate("hello/2", "谢谢", "ཐུགས་རྗེ་ཆེ།")
	thanks.Meta = hello.Meta
	reversed := task.Example{ID: "a", Task: task.Translate, Source: "བདེ་མོ།", Reference: "Hello", SourceLang: "bo", TargetLang: "en", Meta: map[string]string{"zh-CN": "你好{1}"}}
	memory := translate("a", "你好{1}", "བདེ་མོ།")
	memory.Meta = map[string]string{"en-US": "Hello"}
	for _, test := range []struct {
		name, text string
		opt        ReadOptions
		want       []task.Example
		problems   []string
	}{
		{"XLIFF 1.2", xliff12, ReadOptions{SourceLang: "zh", TargetLang: "bo"},
			[]task.Example{greeting}, []string{`line 7, column 3, field "target (bo)": not translated`}},
		{"XLIFF 2.0", xliff20, ReadOptions{}, []task.Example{hello, thanks}, nil},
		{"the other way round", xliff20, ReadOptions{SourceLang: "bo", TargetLang: "zh"}, []task.Example{
			{ID: "hello", Task: task.Translate, Source: "བདེ་མོ།", Reference: "你好", SourceLang: "bo", TargetLang: "zh", Meta: hello.Meta},
			{ID: "hello/2", Task: task.Translate, Source: "ཐུགས་རྗེ་ཆེ།", Reference: "谢谢", SourceLang: "bo", TargetLang: "zh", Meta: hello.Meta}}, nil},
		{"TMX", tmx3, ReadOptions{Name: "m.tmx", SourceLang: "zh", TargetLang: "bo"},
			[]task.Example{memory}, []string{`line 4, column 1, field "zh-CN": the source is empty`}},
		{"TMX, other languages", tmx3, ReadOptions{Columns: map[string]string{"source": "bod", "reference": "en-us"}, SourceLang: "zh", TargetLang: "bo"},
			[]task.Example{reversed, {ID: ".:4", Task: task.Translate, Source: "ཐུགས་རྗེ་ཆེ།", Reference: "Thanks", SourceLang: "bo", TargetLang: "en"}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ReadTable(strings.NewReader(test.text), test.opt)
			if err != nil {
				t.Fatal(err)
			}
			problems := slices.Clone(got.Notes)
			for _, s := range got.Skipped {
				problems = append(problems, s.Error())
			}
			if diff := cmp.Diff(test.want, got.Examples); diff != "" {
				t.Error(diff)
			}
			if len(problems) != len(test.problems) {
				t.Fatalf("problems %q, want %q", problems, test.problems)
			}
			for i, want := range test.problems {
				if !strings.Contains(problems[i], want) {
					t.Errorf("problem %q, want %q", problems[i], want)
				}
			}
		})
	}
}

func TestUnitErrors(t *testing.T) {
	laughs := `<?xml version="1.0"?>` + "\n" + `<!DOCTYPE tmx [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>` + "\n<tmx><body>&b;</body></tmx>"
	for _, test := range []struct {
		name, text   string
		line, column int
		says         string
	}{
		{"a bomb of entities", laughs, 2, 1, "declares entities"},
		{"an outer entity", "<!DOCTYPE tmx [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n<tmx>&x;</tmx>", 1, 1, "declares entities"},
		{"an unknown entity", "<tmx>\n&nbsp;</tmx>", 2, 7, "&nbsp;"},
		{"cut off", xliff20[:300], 4, 23, "cut off"},
		{"crossed", "<tmx>\n<body></tmx>", 2, 13, "not well-formed"},
		{"another root", "<html>\n<tmx></tmx></html>", 1, 1, "<html>"},
		{"another version", `<xliff version="3.0"></xliff>`, 1, 1, `"3.0"`},
		{"no language", `<tmx><tu><tuv><seg>a</seg></tuv></tu></tmx>`, 1, 10, "xml:lang"},
		{"no languages", `<xliff version="2.0"><file id="f"><unit id="1"><segment>` + "\n" + `<source>a</source></segment></unit></file></xliff>`, 1, 48, "1 untranslated"},
		{"nothing in it", `<xliff version="1.2"><file source-language="zh" target-language="bo"></file></xliff>`, 1, 1, "no rows"},
		{"no unit, with an encoding that does not matter", `<?xml version="1.0" encoding="GB18030"?><tmx></tmx>`, 1, 1, "no rows"},
		{"deep", "<tmx>" + strings.Repeat("<a>", 200), 1, 303, "nested"},
		{"two of one language", `<tmx><tu><tuv xml:lang="zh-CN"><seg>一</seg></tuv><tuv xml:lang="zh-SG"><seg>二</seg></tuv><tuv xml:lang="bo"><seg>ཀ།</seg></tuv></tu></tmx>`, 1, 1, `choose one with --columns`},
		{"other languages", `<tmx><tu><tuv xml:lang="de"><seg>a</seg></tuv><tuv xml:lang="fr"><seg>b</seg></tuv></tu></tmx>`, 1, 1, `"de", "fr"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ReadTable(strings.NewReader(test.text), ReadOptions{SourceLang: "zh", TargetLang: "bo"})
			var at *TableError
			if !errors.As(err, &at) {
				t.Fatalf("%v, %v: no place is named", got, err)
			}
			if at.Line != test.line || at.Column != test.column || !strings.Contains(at.Msg, test.says) {
				t.Errorf("line %d, column %d: %s; want line %d, column %d and %q", at.Line, at.Column, at.Msg, test.line, test.column, test.says)
			}
		})
	}
}

// TestEveryFormatComesBack writes examples in each format and reads the same again.
func TestEveryFormatComesBack(t *testing.T) {
	translations := []task.Example{
		{ID: "a", Task: task.Translate, Source: "你好 <img src=x onerror=alert(1)> & \"x\"", Reference: "བདེ་མོ།", SourceLang: "zh", TargetLang: "bo", Split: Test, Meta: map[string]string{"note": "<b>", "who": "x & y"}},
		{ID: `<i> "2"`, Task: task.Translate, Source: "谢谢", SourceLang: "zh", TargetLang: "bo", Split: Train},
		{ID: "c", Task: task.Translate, Source: "3 ]]> 4", Reference: "ཀ\u200Bི", SourceLang: "zh", TargetLang: "bo"},
	}
	headlines := []task.Example{{ID: "h", Task: task.Headline, Source: "གསར་འགྱུར་རིང་པོ།", Reference: "མགོ", SourceLang: "bo", TargetLang: "bo", Split: Train}}
	lines := []task.Example{{ID: "l", Task: task.Translate, Source: "一\n二", Reference: "ཀ\tཁ", SourceLang: "zh", TargetLang: "bo"}}
	for _, format := range []string{TSV, CSV, JSONL, XLIFF, XLIFF2, TMX} {
		for name, want := range map[string][]task.Example{"translations": translations, "headlines": headlines, "lines": lines} {
			t.Run(format+" "+name, func(t *testing.T) {
				var file bytes.Buffer
				if err := Write(&file, format, want); err != nil {
					t.Fatal(err)
				}
				got, err := Parse(protocol.Parse{Name: "examples." + Extension(format), Data: file.Bytes(), Task: string(want[0].Task), SourceLang: want[0].SourceLang, TargetLang: want[0].TargetLang})
				if err != nil || len(got.Problems) > 0 {
					t.Fatalf("%v, %+v in\n%s", err, got.Problems, file.String())
				}
				for i, e := range got.Examples {
					if diff := cmp.Diff(want[i], e); diff != "" {
						t.Errorf("%s in\n%s", diff, file.String())
					}
				}
				if len(got.Examples) != len(want) {
					t.Errorf("%d examples came back, want %d", len(got.Examples), len(want))
				}
			})
		}
	}
	for format, e := range map[string]task.Example{XLIFF: {ID: "a", Source: "b\x01"}, TMX: {ID: "a", Source: "b\x01"}} {
		if err := Write(&bytes.Buffer{}, format, []task.Example{e}); err == nil || !strings.Contains(err.Error(), "write ") || !strings.Contains(err.Error(), JSONL) {
			t.Errorf("%s cannot hold %q and says %v", format, e.Source, err)
		}
	}
}

func TestParseKeepsWhatCanBeMended(t *testing.T) {
	got, err := Parse(protocol.Parse{Name: "t.tsv", Data: []byte("source\treference\n你好\tབདེ་མོ།\n谢谢\t\n\tཀ།\n再见\thello\n一\t二\t三\n"), Task: "translate", SourceLang: "zh", TargetLang: "bo"})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Examples) != 3 || got.Examples[1].Reference != "ཀ།" || got.Examples[2].Reference != "hello" {
		t.Errorf("examples %+v", got.Examples)
	}
	var lines []int
	for _, p := range got.Problems {
		lines = append(lines, p.Line)
	}
	if diff := cmp.Diff([]int{3, 4, 5, 6}, lines); diff != "" {
		t.Errorf("problems %+v", got.Problems)
	}
	many, _ := Parse(protocol.Parse{Data: []byte("source\treference\n" + strings.Repeat("a\tb\n", 100)), SourceLang: "zh", TargetLang: "bo"})
	if n := len(many.Problems); n != maxProblems+1 || !strings.HasPrefix(many.Problems[n-1].Message, "80 more") {
		t.Errorf("%d problems, the last %+v", n, many.Problems[n-1])
	}
	choice, _ := Parse(protocol.Parse{Name: "m.tmx", Data: []byte(tmx3), SourceLang: "zh", TargetLang: "bo"})
	if diff := cmp.Diff([]protocol.TableColumn{{Name: "id", Field: "id", Filled: 1, Sample: "a"}, {Name: "en-US", Filled: 2, Sample: "Hello"},
		{Name: "zh-CN", Field: "source", Filled: 1, Sample: "你好{1}"}, {Name: "bod", Field: "reference", Filled: 2, Sample: "བདེ་མོ།"}}, choice.Report.Columns); diff != "" {
		t.Error(diff)
	}
}

func TestInspect(t *testing.T) {
	line := func(source, reference, split string) task.Example {
		return task.Example{Source: source, Reference: reference, SourceLang: "zh", TargetLang: "bo", Split: split}
	}
	got := Inspect([]task.Example{
		line("今天天气很好", "ཀ།", ""), line("他去学校", "ཁ།", Test), line("今天天气很好。", "ག།", Test), line("他去学校", "ང་།", ""), line("别的", "ཀ", Test),
	})
	want := []protocol.Match{
		{Index: 1, Of: 3, Field: "source", Leak: true, Exact: true, Shared: 1},
		{Index: 2, Of: 0, Field: "source", Leak: true, Exact: true, Shared: 1},
		{Index: 3, Of: 1, Field: "source", Exact: true, Shared: 1},
		{Index: 4, Of: 0, Field: "reference", Leak: true, Exact: true, Shared: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
