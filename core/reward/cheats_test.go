package reward

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/encoder"
	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/task"
)

var cheatLines = flag.Int("cheat-lines", 200, "software lines each way that cheats are tried on (3000 takes two minutes)")

// cheats make an answer that is worse than the reference and might earn more. What
// changes nothing is no cheat of that line.
var cheats = []struct {
	name string
	of   func(e task.Example) string
}{
	{"Latin letters deleted", func(e task.Example) string { return latin.ReplaceAllString(e.Reference, "") }},
	{"numbers deleted", func(e task.Example) string { return digits.ReplaceAllString(e.Reference, "") }},
	{"placeholders deleted", func(e task.Example) string {
		text := e.Reference
		for _, p := range lang.Placeholders(text) {
			text = strings.Replace(text, p, "", 1)
		}
		return text
	}},
	{"names, numbers and placeholders alone", func(e task.Example) string {
		return strings.Join(append(latinWords(e.Reference), parts(e.Reference)...), " ")
	}},
	{"first half", func(e task.Example) string { return span(e, 0, 0.5) }},
	{"second half", func(e task.Example) string { return span(e, 0.5, 1) }},
	{"one stop word", func(e task.Example) string { return stopWords[e.TargetLang] }},
	{"stop words", func(e task.Example) string {
		return strings.TrimSpace(strings.Repeat(stopWords[e.TargetLang]+" ", len(language.Units(e.Reference, e.TargetLang))))
	}},
	{"said twice", func(e task.Example) string { return e.Reference + " " + e.Reference }},
	{"last unit again", func(e task.Example) string { return e.Reference + " " + span(e, 1, 1) }},
	{"the source", func(e task.Example) string { return e.Source }},
	{"the source behind it", func(e task.Example) string { return e.Reference + " " + e.Source }},
}

var (
	latin     = regexp.MustCompile(`[A-Za-z]+`)
	digits    = regexp.MustCompile(`[0-9]+`)
	stopWords = map[string]string{"zh": "的", "bo": "གི་", "en": "the"}
)

// span is a part of the reference's units, the last one at least.
func span(e task.Example, from, to float64) string {
	units := language.Units(e.Reference, e.TargetLang)
	start := min(int(from*float64(len(units))), len(units)-1)
	end := max(int(to*float64(len(units))), start+1)
	separator := map[bool]string{true: " ", false: ""}[e.TargetLang == "en"]
	if e.TargetLang == "bo" {
		separator = "་"
	}
	return strings.Join(units[start:end], separator)
}

// tried is how one cheat fared on the lines that it changes.
type tried struct {
	lines, before, now int // of them the cheat earned more than the reference, before and now
	gain               float64
}

// try scores each cheat beside its reference, by the reward as it is and as it was
// before scripts, repetitions and copies were compared with the reference's own.
func try(t *testing.T, e Encoder, examples []task.Example) map[string]tried {
	t.Helper()
	s, err := New(e, Default())
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]tried{}
	for start := 0; start < len(examples); start += 100 {
		var batch []Input
		var cheat []string // of each input; "": the reference
		for _, example := range examples[start:min(start+100, len(examples))] {
			batch, cheat = append(batch, answerTo(example, example.Reference)), append(cheat, "")
			for _, c := range cheats {
				if output := c.of(example); strings.TrimSpace(output) != strings.TrimSpace(example.Reference) {
					batch, cheat = append(batch, answerTo(example, output)), append(cheat, c.name)
				}
			}
		}
		results, err := s.Score(batch)
		if err != nil {
			t.Fatal(err)
		}
		var reference, earlier float64
		for i, r := range results {
			was := before(s, batch[i], r)
			if cheat[i] == "" {
				reference, earlier = r.Total, was
				continue
			}
			one := found[cheat[i]]
			one.lines++
			if r.Total > reference+1e-6 {
				one.now++
				if one.now < 4 {
					t.Logf("%s: %q earns %.3f, its reference %q %.3f of %v", cheat[i], batch[i].Output, r.Total, batch[i].Reference, reference, r.Terms)
				}
			}
			if was > earlier+1e-6 {
				one.before++
			}
			one.gain += r.Total - reference
			found[cheat[i]] = one
		}
	}
	return found
}

// before is the reward of an answer by the absolute measures: its own share of the
// script, its own repetition and copies, and no kept parts.
func before(s *Scorer, in Input, r Result) float64 {
	a := s.read(in, language.Of(in.TargetLang))
	if a.Empty {
		return r.Total - r.Terms[Kept]
	}
	share := language.Share(a.Output, in.TargetLang)
	copied, _ := copied(a)
	total := r.Terms[Length] + share - 0.5*above(repetitionRate(a.Units, 4), 0.15) - 0.5*copied
	if share >= 0.5 && a.Open {
		total += r.Terms[Similarity]
	}
	return total
}

// No deletion, stop word or duplication beats its reference: on the starter set and,
// where the data is there, on software lines each way, under an encoder of surfaces and
// under nano's own.
func TestCheatsDoNotPay(t *testing.T) {
	type set struct {
		name, set, from, to string
		lines               int
		real                bool
	}
	for _, c := range []set{
		{"starter bo-zh", "", "bo", "zh", 0, false}, {"starter zh-bo", "", "zh", "bo", 0, false}, {"starter bo-en", "", "bo", "en", 0, false},
		{"software bo-zh", "software_bo_zh_en", "bo", "zh", *cheatLines, false}, {"software zh-bo", "software_bo_zh_en", "zh", "bo", *cheatLines, false},
		{"software bo-zh, nano-enc", "software_bo_zh_en", "bo", "zh", *cheatLines, true}, {"software zh-bo, nano-enc", "software_bo_zh_en", "zh", "bo", *cheatLines, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			examples := data.Starter(task.Translate, c.from, c.to)
			if c.set != "" {
				examples = softwareLines(t, c.from, c.to, c.lines)
			}
			var e Encoder = Hashed{}
			if c.real {
				e = nanoEncoder(t)
			}
			found := try(t, e, examples)
			t.Logf("%-40s %6s %9s %9s %9s", "cheat", "lines", "before", "now", "gain")
			for _, cheat := range cheats {
				one := found[cheat.name]
				if one.lines == 0 {
					continue
				}
				n := float64(one.lines)
				t.Logf("%-40s %6d %7.1f %% %7.1f %% %+9.3f", cheat.name, one.lines, 100*float64(one.before)/n, 100*float64(one.now)/n, one.gain/n)
				if one.now > 0 {
					t.Errorf("%s beats its reference on %d of %d lines", cheat.name, one.now, one.lines)
				}
			}
		})
	}
}

func softwareLines(t *testing.T, from, to string, lines int) []task.Example {
	t.Helper()
	catalogue, err := data.OpenCatalogue(filepath.Join("..", "..", "assets", "datasets.json"))
	if err != nil {
		t.Fatal(err)
	}
	examples, err := catalogue.Examples("software_bo_zh_en", task.Translate, from, to, data.Train)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no software lines: set DONGYUR_DATA to the folder of data sets: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
	// Spread over the set, which goes program by program.
	var chosen []task.Example
	for i := 0; len(chosen) < lines && i < lines; i++ {
		chosen = append(chosen, examples[i*len(examples)/lines])
	}
	return chosen
}

func nanoEncoder(t *testing.T) Encoder {
	t.Helper()
	folder := filepath.Join("..", "..", "assets", "models", "nano-enc")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("%v: run make models", err)
	}
	backend, err := engine.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(backend.Finalize)
	e, err := encoder.Load(backend, os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// What each part of a mixed reference is worth: the whole beats what is left of it.
func TestNamesOfTheSourceAreAllowed(t *testing.T) {
	s := scorer(t, Hashed{})
	score := func(source, reference, output, from, to string) Result {
		results, err := s.Score([]Input{{Task: task.Translate, Source: source, Reference: reference, Output: output, SourceLang: from, TargetLang: to, Finished: true}})
		if err != nil {
			t.Fatal(err)
		}
		return results[0]
	}
	for _, test := range []struct{ source, reference, output, from, to string }{
		{"ICS ཡིག་ཆ།", "ICS 文件：", "文件：", "bo", "zh"},
		{"ཉེར་སྤྱོད་བྱ་རིམ།(*.desktop)", "应用程序(*.desktop)", "应用程序", "bo", "zh"},
		{"grubར་སྤྲོད།", "grub验证", "验证", "bo", "zh"}, {"grubར་སྤྲོད།", "grub验证", "的的", "bo", "zh"}, {"grubར་སྤྲོད།", "grub验证", "grub", "bo", "zh"},
		{"打开 %1 的第 3 页", "%1ཡི་ཤོག་ངོས་3པ་ཁ་ཕྱེ།", "ཤོག་ངོས་ཁ་ཕྱེ།", "zh", "bo"}, {"打开 %1 的第 3 页", "%1ཡི་ཤོག་ངོས་3པ་ཁ་ཕྱེ།", "%2ཡི་ཤོག་ངོས་4པ་ཁ་ཕྱེ།", "zh", "bo"},
		{"USB 3.0 设备", "USB 3.0", "设备", "zh", "en"},
	} {
		whole, part := score(test.source, test.reference, test.reference, test.from, test.to), score(test.source, test.reference, test.output, test.from, test.to)
		if best := 1.5 + 1.0; whole.Total < best-1e-6 || part.Total >= whole.Total-0.1 {
			t.Errorf("%q earns %.3f of %g, %q %.3f: %v", test.reference, whole.Total, best, test.output, part.Total, part.Terms)
		}
	}
}
