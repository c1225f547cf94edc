package state

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/archive"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/vote"
)

// rich is a project with something in each of its documents: a run, answers, remarks,
// and a blind round that is open or over.
func rich(t *testing.T, s *shelf, voted bool) *App {
	t.Helper()
	a := worked(t, s)
	var lines []protocol.Compared
	for i := range 5 {
		lines = append(lines, protocol.Compared{Example: task.Example{Source: fmt.Sprintf("原文 %d", i), SourceLang: "zh", TargetLang: "bo", Meta: map[string]string{"k": "v"}},
			Before: fmt.Sprintf("སྔོན་%d", i), After: fmt.Sprintf("རྗེས་%d", i), Metrics: map[string]float64{"chrF2++_before": 1, "chrF2++_after": float64(i)}})
	}
	scores := []protocol.Scores{{Which: "adapter", Count: 5, Scores: []task.Score{{Name: "chrF2++", Value: 2}}, Change: []task.Score{{Name: "chrF2++", Value: 1, Low: -1, High: 2}}}}
	a.Review.Answers = []Answers{{Run: 1, Method: "grpo", Step: 3, Lines: lines, Scores: scores}}
	a.SetNote(LineKey(lines[0].Example), "ལེགས།")
	a.StartVote(3)
	a.Vote.Rater = "Dolma"
	a.Vote.Rate(0, vote.AdequacyOf, 40)
	a.Vote.Mark(1, "grammar")
	a.Vote.Choose(vote.ChooseA)
	a.Vote.Choose(vote.ChooseTie)
	a.Vote.Rate(1, vote.FluencyOf, 60)
	a.Vote.Mark(0, "omission")
	if voted {
		a.Vote.Reveal()
	}
	if err := a.Keep(s, "2026-01-02T03:04:05Z"); err != nil {
		t.Fatal(err)
	}
	return a
}

// told is the whole state as it would be kept.
func told(t *testing.T, a *App) string {
	t.Helper()
	var b strings.Builder
	for _, d := range a.documents() {
		data, err := json.Marshal(d.get())
		if err != nil {
			t.Fatal(err)
		}
		b.Write(data)
	}
	fmt.Fprint(&b, a.Project.ID, a.Project.Name, a.Project.Created, len(a.Notices), a.View, a.Phase(), len(a.Run().Steps))
	return b.String()
}

// use asks a state for all that its views show, so that what a damaged file brought in
// would make it fall over here.
func use(a *App) {
	a.Lines()
	a.Changes()
	a.Measures()
	a.CurvesTable()
	a.ExportLines("tsv")
	a.FollowedLines()
	a.FixedPrompts()
	a.EditedSettings()
	a.CanVote()
	a.Sides()
	a.Trained()
	if r := a.Vote.Round; r != nil {
		a.Vote.Outcome()
		for side := range 2 {
			if p := r.Pair(); p != nil {
				p.Shown(side)
			}
		}
		for i := range r.Votes {
			r.Preferred(i)
		}
	}
	for _, r := range a.Runs {
		r.TimeLeft()
		r.Parts()
	}
	a.Play()
}

// TestDamagedImports damages 10,000 exports, as bad disks, cut downloads and hands do.
// Each opens with what is whole in it or says what is wrong with it; one that is refused
// leaves the page and what it keeps as they were.
func TestDamagedImports(t *testing.T) {
	var projects []map[string][]byte
	for _, voted := range []bool{false, true} {
		s := newShelf()
		rich(t, s, voted)
		files, err := WholeProject(s, "p1")
		if err != nil {
			t.Fatal(err)
		}
		projects = append(projects, files)
	}
	shelfAtHand := newShelf()
	atHand := rich(t, shelfAtHand, false)
	atHand.Project.Keeping = InMemory // so that an import takes the place of what is at hand
	before, kept := told(t, atHand), fmt.Sprint(shelfAtHand.files)
	cases := 10_000
	if testing.Short() {
		cases = 1_000
	}
	refused, whole, set := 0, 0, 0
	for i := range cases {
		random := rand.New(rand.NewPCG(uint64(i), 8))
		data := damagedExport(t, random, projects[i%len(projects)])
		files, err := archive.Unpack(data)
		if err == nil {
			other := newShelf()
			if err = MakeProject(other, "q", "", "2026-01-01T00:00:00Z", files); err == nil {
				if setAside(t, i, other) == 0 {
					whole++
				} else {
					set++
				}
				continue
			}
		}
		refused++
		if len(err.Error()) < 20 || strings.Contains(err.Error(), "%!") {
			t.Errorf("case %d: the message %q tells nothing", i, err)
		}
		if files != nil {
			if again := atHand.Replace(files); again == nil {
				t.Errorf("case %d: refused by the storage (%v) and taken in memory", i, err)
			}
		}
		if i%16 == 0 && told(t, atHand) != before {
			t.Fatalf("case %d: the state changed though the import was refused: %v", i, err)
		}
	}
	if told(t, atHand) != before || fmt.Sprint(shelfAtHand.files) != kept {
		t.Error("refused imports changed the state or what is kept")
	}
	t.Logf("%d refused, %d with documents set aside, %d whole", refused, set, whole)
	if refused < cases/10 || set < cases/10 || whole < cases/20 {
		t.Errorf("%d refused, %d set aside, %d whole of %d: the damage is too weak or too strong to tell anything", refused, set, whole, cases)
	}
}

// setAside opens a project that was imported, uses it and keeps it, and counts the
// documents that could not be read.
func setAside(t *testing.T, i int, s *shelf) int {
	t.Helper()
	a, _ := kept(t, "q")
	files, err := ReadProject(s, "q")
	if err != nil {
		t.Fatalf("case %d: %v", i, err)
	}
	damaged, err := a.TakeProject(files)
	if err != nil {
		t.Fatalf("case %d: what was imported does not open: %v", i, err)
	}
	if len(a.Notices) < len(damaged) && len(a.Notices) < 4 {
		t.Errorf("case %d: %v were set aside and %d notices tell of it", i, damaged, len(a.Notices))
	}
	if err := SetAside(s, "q", damaged, files); err != nil {
		t.Fatalf("case %d: %v", i, err)
	}
	for _, name := range damaged {
		if !bytes.Equal(s.files["projects/q/"+name+".damaged"], files[name]) {
			t.Errorf("case %d: %s is lost", i, name)
		}
	}
	use(a)
	if err := a.Keep(s, "2026-01-01T00:00:01Z"); err != nil {
		t.Errorf("case %d: keep what was imported: %v", i, err)
	}
	return len(damaged)
}

// damagedExport damages a project's zip, a document in it whose zip is whole, or a value
// of a document whose JSON is whole.
func damagedExport(t *testing.T, random *rand.Rand, files map[string][]byte) []byte {
	t.Helper()
	broken := maps.Clone(files)
	names := slices.Sorted(maps.Keys(files))
	pack := func() []byte {
		data, err := archive.Pack(broken)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	switch name := names[random.IntN(len(names))]; random.IntN(4) {
	case 0:
		return damagedBytes(random, pack())
	case 1:
		broken[name] = damagedBytes(random, files[name])
	case 2:
		delete(broken, name)
	default:
		documents := slices.DeleteFunc(names, func(n string) bool { return !strings.HasSuffix(n, ".json") })
		name = documents[random.IntN(len(documents))]
		broken[name] = otherTypes(t, random, files[name])
	}
	return pack()
}

// damagedBytes flips bits, cuts off, takes out, doubles or fills in a few bytes.
func damagedBytes(random *rand.Rand, whole []byte) []byte {
	data := bytes.Clone(whole)
	for range 1 + random.IntN(4) {
		if len(data) == 0 {
			return data
		}
		at := random.IntN(len(data))
		to := min(len(data), at+1+random.IntN(40))
		switch random.IntN(6) {
		case 0, 1:
			data[at] ^= 1 << random.IntN(8)
		case 2:
			data = data[:at]
		case 3:
			data = slices.Delete(data, at, to)
		case 4:
			data = slices.Insert(data, at, data[at:to]...)
		default:
			data = slices.Insert(data, at, byte(random.IntN(256)), byte(random.IntN(256)))
		}
	}
	return data
}

// otherTypes puts values of other types, or far off, into a document.
func otherTypes(t *testing.T, random *rand.Rand, document []byte) []byte {
	t.Helper()
	var root any
	if err := json.Unmarshal(document, &root); err != nil {
		t.Fatal(err)
	}
	var places []func(any) // setters of all values
	var walk func(v any, set func(any))
	walk = func(v any, set func(any)) {
		places = append(places, set)
		switch v := v.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				walk(v[key], func(to any) { v[key] = to })
			}
		case []any:
			for i := range v {
				walk(v[i], func(to any) { v[i] = to })
			}
		}
	}
	walk(root, func(to any) { root = to })
	values := []any{nil, true, -1, 3, 1e300, -9e18, 0.5, "", "x", "\x00", []any{}, []any{nil}, []any{1, "a"}, map[string]any{}, map[string]any{"a": 1}, strings.Repeat("ཀ", 3000)}
	for range 1 + random.IntN(3) {
		places[random.IntN(len(places))](values[random.IntN(len(values))])
	}
	data, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A small file that unpacks to a large one is refused before it is unpacked, and one
// that lies about its size once it is longer than it said, by archive/zip.
func TestZipBombs(t *testing.T) {
	head := EmptyProject("x")[projectFile]
	bomb := func(size int, declared uint64, times int) []byte {
		var deflated bytes.Buffer
		inner := zip.NewWriter(&deflated)
		w, err := inner.Create("b")
		if err != nil {
			t.Fatal(err)
		}
		zeros := make([]byte, 1<<20)
		for range size >> 20 {
			w.Write(zeros)
		}
		inner.Close()
		made, err := zip.NewReader(bytes.NewReader(deflated.Bytes()), int64(deflated.Len()))
		if err != nil {
			t.Fatal(err)
		}
		start, err := made.File[0].DataOffset()
		if err != nil {
			t.Fatal(err)
		}
		raw := deflated.Bytes()[start : start+int64(made.File[0].CompressedSize64)]
		var out bytes.Buffer
		archive := zip.NewWriter(&out)
		w, err = archive.Create(projectFile)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(head)
		for i := range times {
			w, err := archive.CreateRaw(&zip.FileHeader{Name: fmt.Sprintf("runs/%d/metrics.jsonl", i), Method: zip.Deflate,
				CRC32: crc32.ChecksumIEEE(nil), CompressedSize64: uint64(len(raw)), UncompressedSize64: declared})
			if err != nil {
				t.Fatal(err)
			}
			w.Write(raw)
		}
		archive.Close()
		return out.Bytes()
	}
	for _, test := range []struct {
		name     string
		size     int
		declared uint64
		times    int
		want     string
	}{
		{"an honest one", 80 << 20, 80 << 20, 1, "unpack to more than 64 MB"},
		{"many small ones", 8 << 20, 8 << 20, 20, "unpack to more than 64 MB"},
		{"one that says 100 bytes", 80 << 20, 100, 1, "is damaged"},
		{"one that says 2^64 - 1", 1 << 20, 1<<64 - 1, 3, "more than 4 GB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			data := bomb(test.size, test.declared, test.times)
			files, err := archive.Unpack(data)
			if err == nil || files != nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%d kB: %d files, error %v, want %q", len(data)>>10, len(files), err, test.want)
			}
		})
	}
}

// A manifest that says more runs than a project can have is refused at once.
func TestManifestRuns(t *testing.T) {
	for _, runs := range []string{"-1", "2000000000"} {
		files := EmptyProject("x")
		files[projectFile] = bytes.Replace(files[projectFile], []byte(`"runs":0`), []byte(`"runs":`+runs), 1)
		if _, err := (&App{}).TakeProject(files); err == nil || !strings.Contains(err.Error(), "runs is "+runs) {
			t.Errorf("%s runs: error %v", runs, err)
		}
	}
}
