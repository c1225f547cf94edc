package reward

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/protocol"
)

var weights = func() protocol.Reward {
	return Default().With(Repetition, 0.4).With(Copy, 0.3)
}()

// toward is an encoder whose texts have a known cosine with the text "right":
// each lies in the plane at the angle that the table gives.
type toward struct {
	cosine map[string]float64
	calls  int
	texts  int
}

func (e *toward) Embed(texts []string) ([][]float32, error) {
	e.calls++
	e.texts += len(texts)
	rows := make([][]float32, len(texts))
	for i, text := range texts {
		c := e.cosine[text]
		rows[i] = []float32{float32(c), float32(math.Sqrt(1 - c*c))}
	}
	return rows, nil
}

func scorer(t *testing.T, e Encoder) *Scorer {
	t.Helper()
	s, err := New(e, weights)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTerms(t *testing.T) {
	const reference = "བོད་ཀྱི་སྐད་ཡིག་སྦྱོང་བ།" // six syllables
	long := strings.Repeat("ཀ་", 15)             // 2.5 times as many
	encoder := &toward{cosine: map[string]float64{reference: 1, "བོད་ཡིག": 0.6, "བོད་": 0.2, "ཡིག་": 0.1, "西藏的语言": 1, "ཀ་abc": 1,
		"一二": 1, "一二三四": 1, "学校采访": 1}}
	headline := "雪山下的学校"
	body := "记者来到雪山下的小学采访"
	tests := []struct {
		name string
		in   Input
		want map[string]float64
	}{
		{"similar", Input{Reference: reference, Output: "བོད་ཡིག", TargetLang: "bo"},
			map[string]float64{Similarity: 1.5 * 0.5, Language: 1}},
		{"at tau", Input{Reference: reference, Output: "བོད་", TargetLang: "bo"}, map[string]float64{Language: 1}},
		{"below tau", Input{Reference: reference, Output: "ཡིག་", TargetLang: "bo"}, map[string]float64{Language: 1}},
		{"right", Input{Reference: reference, Output: " " + reference + "\n", TargetLang: "bo"},
			map[string]float64{Similarity: 1.5, Language: 1}},
		{"source-anchored", Input{Source: reference, Reference: " ", Output: "བོད་ཡིག", SourceLang: "bo", TargetLang: "bo"},
			map[string]float64{Similarity: 0.75, Language: 1}},
		{"wrong language", Input{Reference: reference, Output: "西藏的语言", TargetLang: "bo"}, map[string]float64{}},
		{"below the gate", Input{Reference: reference, Output: "ཀ་abc", TargetLang: "bo"}, map[string]float64{Language: 0.25, Kept: -0.5}},
		{"no letters", Input{Reference: reference, Output: "123", TargetLang: "bo"}, map[string]float64{Kept: -0.5}},
		{"long enough", Input{Reference: reference, Output: long, TargetLang: "bo", Finished: true},
			map[string]float64{Language: 1, Repetition: -0.4 * (11.0/12 - 0.15) / 0.85}},
		{"far too long", Input{Reference: reference, Output: strings.Repeat("ཀ་", 40), TargetLang: "bo", Finished: true},
			map[string]float64{Language: 1, Length: -0.5, Repetition: -0.4 * (36.0/37 - 0.15) / 0.85}},
		{"too long", Input{Reference: "一二", Output: "一二三四五六七", TargetLang: "zh", Finished: true},
			map[string]float64{Language: 1, Length: -0.5 * 0.4}},
		{"ran on", Input{Reference: "一二", Output: "一二三", TargetLang: "zh"}, map[string]float64{Language: 1, Length: -0.5}},
		{"cut off early", Input{Reference: "一二三四", Output: "一二三", TargetLang: "zh"}, map[string]float64{Language: 1}},
		{"copied", Input{Task: "headline", Source: body, Reference: "学校采访", Output: headline, SourceLang: "zh", TargetLang: "zh", Finished: true},
			map[string]float64{Language: 1, Copy: -0.3 * (4.0/6 - 0.5) / 0.5}},
		{"copying is a translation's language term", Input{Task: "translate", Source: body, Reference: "学校采访", Output: headline, SourceLang: "zh", TargetLang: "zh", Finished: true},
			map[string]float64{Language: 1}},
		{"empty", Input{Reference: reference, TargetLang: "bo"}, map[string]float64{Length: -0.5, Repetition: -0.4, Copy: -0.3, Kept: -0.5, Empty: -1}},
		{"nothing but marks", Input{Reference: reference, Output: "།། ་ !?", TargetLang: "bo"}, map[string]float64{Length: -0.5, Repetition: -0.4, Copy: -0.3, Kept: -0.5, Empty: -1}},
		{"broken bytes", Input{Reference: reference, Output: "\xe0\xbd ཀ \xff\xfe x\xe0", TargetLang: "bo"}, map[string]float64{Length: -0.5, Repetition: -0.4, Copy: -0.3, Kept: -0.5, Empty: -1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(test.name, "cut") && !strings.Contains(test.name, "ran") {
				test.in.Finished = true
			}
			results, err := scorer(t, encoder).Score([]Input{test.in})
			if err != nil {
				t.Fatal(err)
			}
			got, sum := results[0], 0.0
			for _, name := range []string{Similarity, Language, Length, Repetition, Copy, Kept, Empty} {
				value, ok := got.Terms[name]
				if !ok || math.Abs(value-test.want[name]) > 1e-6 || value == 0 && math.Signbit(value) {
					t.Errorf("%s is %v, want %v", name, value, test.want[name])
				}
				sum += value
			}
			if math.Abs(got.Total-sum) > 1e-12 {
				t.Errorf("total is %v, its terms add up to %v", got.Total, sum)
			}
			if _, want := test.want[Empty]; got.Empty != want {
				t.Errorf("Empty is %v", got.Empty)
			}
		})
	}
}

func TestMedianReferenceLength(t *testing.T) {
	zh := func(source, reference, output string) Input {
		return Input{Source: source, Reference: reference, Output: output, SourceLang: "zh", TargetLang: "zh", Finished: true}
	}
	four := "一二三四"
	tests := []struct {
		name  string
		batch []Input
		want  []float64
	}{
		{"one group with three references", []Input{zh("甲", "一", four), zh("甲", "一二", four), zh("甲", "一二三四五", four)}, []float64{2, 2, 2}},
		{"groups apart", []Input{zh("甲", "一二", four), zh("乙", four, four)}, []float64{2, 4}},
		{"no reference beside others", []Input{zh("甲", "一二", four), zh("乙", four, four), zh("丙", "", four)}, []float64{2, 4, 3}},
		{"no reference at all", []Input{zh("甲乙丙", "", four)}, []float64{3}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answers := make([]*Answer, len(test.batch))
			for i, in := range test.batch {
				answers[i] = scorer(t, Hashed{}).read(in, language.Of(in.TargetLang))
			}
			for i, expected := range expectedLengths(answers) {
				if expected != test.want[i] {
					t.Errorf("input %d: expected length %v, want %v", i, expected, test.want[i])
				}
			}
		})
	}
}

// Silence must never pay: an all-empty group scores below every other group.
func TestSilenceScoresLowest(t *testing.T) {
	s := scorer(t, Hashed{})
	worst := Input{Task: "headline", Source: strings.Repeat("abc def ", 50), Reference: "བོད་", SourceLang: "en", TargetLang: "bo"}
	worst.Output = worst.Source
	silent := worst
	silent.Output = ""
	results, err := s.Score([]Input{silent, silent, worst, worst})
	if err != nil {
		t.Fatal(err)
	}
	if results[0].Total != results[1].Total || !(results[0].Total < results[2].Total) {
		t.Errorf("silence scores %v, the worst answer %v", results[0].Total, results[2].Total)
	}
	if results[2].Total < s.Lowest()-1e-12 {
		t.Errorf("the worst answer scores %v, below the least possible %v", results[2].Total, s.Lowest())
	}
}

func TestOneEmbedCall(t *testing.T) {
	encoder := &toward{cosine: map[string]float64{"一": 1, "二": 0.5, "三": 0.6}}
	s := scorer(t, encoder)
	batch := []Input{
		{Reference: "一", Output: "二", TargetLang: "zh"}, {Reference: "一", Output: "二", TargetLang: "zh"},
		{Reference: "三", Output: "一", TargetLang: "zh"}, {Reference: "三", Output: "", TargetLang: "zh"},
	}
	for step, want := range []struct{ calls, texts int }{{1, 3}, {2, 6}} {
		if _, err := s.Score(batch); err != nil {
			t.Fatal(err)
		}
		// The same texts side by side each time, as in a run that was resumed.
		if encoder.calls != want.calls || encoder.texts != want.texts {
			t.Errorf("step %d: %d calls with %d texts, want %d with %d", step, encoder.calls, encoder.texts, want.calls, want.texts)
		}
	}
}

func TestNewErrors(t *testing.T) {
	with := weights.WithParameter
	tests := []struct {
		name    string
		encoder Encoder
		config  protocol.Reward
		want    string
	}{
		{"negative", Hashed{}, weights.With(Copy, -1), "copy.weight: Copying must be 0 or more, not -1"},
		{"not a number", Hashed{}, weights.With(Length, math.NaN()), "length.weight"},
		{"infinite", Hashed{}, weights.With(Language, math.Inf(1)), "not +Inf"},
		{"tau", Hashed{}, with(Similarity, "tau", 1.0), "similarity.tau: Threshold τ must be from 0 to 0.99, not 1"},
		{"anchor", Hashed{}, with(Similarity, "anchor", "ship"), "“ship”: choose reference or source"},
		{"gate", Hashed{}, with(Language, "gate", 2.0), "from 0 to 1, not 2"},
		{"length", Hashed{}, with(Length, "full", 2.0), "free 2.5 and full 2"},
		{"repetition", Hashed{}, with(Repetition, "ngram", 0.0), "1 or more, not 0"},
		{"half a unit", Hashed{}, with(Repetition, "ngram", 1.5), "whole number"},
		{"silence", Hashed{}, weights.With(Consistency, 1).WithParameter(Consistency, "unparseable", 0.0), "unparseable is 0"},
		{"bonus", Hashed{}, with(Consistency, "bonus", -1.0), "not -1"},
		{"shape", Hashed{}, with(Consistency, "shape", "round"), "choose all or ladder"},
		{"combine", Hashed{}, weights.Combined("product"), "choose sum or gdpo"},
		{"no such term", Hashed{}, weights.With("smell", 1), `no term "smell"; it has bleu`},
		{"no such parameter", Hashed{}, with(Similarity, "taw", 1.0), `no parameter "taw"; it has anchor`},
		{"nothing", Hashed{}, Filled(protocol.Reward{}), "all reward weights are 0"},
		{"no encoder", nil, weights, "needs an encoder"},
	}
	for _, test := range tests {
		if _, err := New(test.encoder, test.config); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one that says %q", test.name, err, test.want)
		}
	}
	if _, err := New(nil, weights.With(Similarity, 0)); err != nil {
		t.Errorf("without similarity no encoder is needed, but: %v", err)
	}
}

// badEncoder gives what it is told to.
type badEncoder struct {
	rows [][]float32
	err  error
}

func (e badEncoder) Embed([]string) ([][]float32, error) { return e.rows, e.err }

func TestScoreErrors(t *testing.T) {
	nan := float32(math.NaN())
	tests := []struct {
		name    string
		encoder Encoder
		lang    string
		want    string
	}{
		{"language", Hashed{}, "klingon!", `completion 0: target language "klingon!"`},
		{"encoder fails", badEncoder{err: errors.New("out of memory")}, "zh", "out of memory"},
		{"rows missing", badEncoder{rows: [][]float32{{1}}}, "zh", "1 rows for 2 texts"},
		{"not normalised", badEncoder{rows: [][]float32{{1}, {2}}}, "zh", "squared length 4"},
		{"not finite", badEncoder{rows: [][]float32{{nan}, {1}}}, "zh", "squared length NaN"},
		{"uneven", badEncoder{rows: [][]float32{{1}, {1, 0}}}, "zh", "rows of 1 and 2 numbers"},
	}
	for _, test := range tests {
		_, err := scorer(t, test.encoder).Score([]Input{{Reference: "一", Output: "二", TargetLang: test.lang}})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one that says %q", test.name, err, test.want)
		}
	}
}

// Whatever the text: terms add up to the total, an answer that is not empty is
// above any that is, and the bounds of the weights hold.
func TestScoreProperties(t *testing.T) {
	texts := rapid.OneOf(
		rapid.String(),
		rapid.StringOfN(rapid.SampledFrom([]rune("ཀཁགང་།བོད་ཡིག abc 一二三\uFFFD")), 0, 60, -1),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
	)
	langs := rapid.SampledFrom([]string{"bo", "zh", "en", "ja", "ar"})
	s := scorer(t, Hashed{})
	rapid.Check(t, func(t *rapid.T) {
		batch := make([]Input, rapid.IntRange(1, 5).Draw(t, "size"))
		for i := range batch {
			batch[i] = Input{
				Source: texts.Draw(t, "source"), Reference: texts.Draw(t, "reference"), Output: texts.Draw(t, "output"),
				SourceLang: langs.Draw(t, "from"), TargetLang: langs.Draw(t, "to"),
				Task:     rapid.SampledFrom([]string{"translate", "headline"}).Draw(t, "task"),
				Finished: rapid.Bool().Draw(t, "finished"),
			}
		}
		results, err := s.Score(batch)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range results {
			sum := 0.0
			for _, v := range r.Terms {
				sum += v
			}
			if math.Abs(sum-r.Total) > 1e-9 {
				t.Fatalf("input %d: terms %v add up to %v, total is %v", i, r.Terms, sum, r.Total)
			}
			if r.Empty != (r.Total < s.Lowest()-0.5) {
				t.Fatalf("input %d: empty is %v at %v", i, r.Empty, r.Total)
			}
			if r.Total > weights.Weight(Similarity)+weights.Weight(Language)+1e-6 {
				t.Fatalf("input %d: total %v is above the greatest possible", i, r.Total)
			}
		}
	})
}

func TestHashed(t *testing.T) {
	rows, err := Hashed{}.Embed([]string{"བོད་སྐད་སྦྱོང་བ།", "བོད་སྐད་སློབ་པ།", "今天天气很好", "", "a"})
	if err != nil {
		t.Fatal(err)
	}
	dot := func(a, b []float32) (sum float64) {
		for i := range a {
			sum += float64(a[i]) * float64(b[i])
		}
		return sum
	}
	for i, row := range rows {
		want := 1.0
		if i == 3 {
			want = 0
		}
		if got := dot(row, row); math.Abs(got-want) > 1e-5 {
			t.Errorf("row %d has squared length %v, want %v", i, got, want)
		}
	}
	near, far := dot(rows[0], rows[1]), dot(rows[0], rows[2])
	if near < 0.3 || math.Abs(far) > 0.1 {
		t.Errorf("cosine with a like text is %v, with an unlike one %v", near, far)
	}
}
