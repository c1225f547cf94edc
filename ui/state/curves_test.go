package state

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// Smoothing of strength 0 gives the points, is causal, and follows a constant from its
// first point on.
func TestSmooth(t *testing.T) {
	var points []Point
	for i := range 60 {
		points = append(points, Point{i + 1, math.Sin(float64(i)) + float64(i%7)})
	}
	for i, p := range Smooth(points, 0) {
		if p != points[i] {
			t.Fatalf("strength 0 makes %v of %v", p, points[i])
		}
	}
	for _, strength := range []float64{0.3, 0.9, 0.99} {
		whole := Smooth(points, strength)
		for n := 1; n <= len(points); n++ {
			part := Smooth(points[:n], strength)
			if part[n-1] != whole[n-1] {
				t.Fatalf("strength %g: point %d moved from %v to %v as others came", strength, n, part[n-1], whole[n-1])
			}
		}
		if whole[0] != points[0] {
			t.Errorf("strength %g begins at %v, not at %v", strength, whole[0], points[0])
		}
		flat := Smooth([]Point{{1, 4}, {2, 4}, {3, 4}}, strength)
		if math.Abs(flat[2].Value-4) > 1e-12 {
			t.Errorf("strength %g makes %g of a constant 4", strength, flat[2].Value)
		}
	}
}

func TestThinKeepsPeaks(t *testing.T) {
	for _, n := range []int{0, 1, 500, 501, 5000, 100_000} {
		points := make([]Point, n)
		for i := range points {
			points[i] = Point{i + 1, math.Sin(float64(i) / 100)}
		}
		if n > 600 {
			points[333].Value, points[n-5].Value = 9, -9
		}
		thin := Thin(points)
		if len(thin) > drawnPoints+2 || n <= drawnPoints && len(thin) != n {
			t.Errorf("%d points became %d", n, len(thin))
		}
		low, high := 0.0, 0.0
		for i, p := range thin {
			low, high = min(low, p.Value), max(high, p.Value)
			if i > 0 && p.Step <= thin[i-1].Step {
				t.Fatalf("%d points: steps %d after %d", n, p.Step, thin[i-1].Step)
			}
		}
		if n > 600 && (low != -9 || high != 9) {
			t.Errorf("%d points: from %g to %g, want -9 to 9", n, low, high)
		}
	}
}

// Each run has a colour that stays, says what changed, and is kept over Clear where
// it is pinned.
func TestRunsKeepTheirPlaces(t *testing.T) {
	s := newSession(t)
	finish := func(c protocol.Command) {
		t.Helper()
		s.step(c, 1)
		s.done(c)
		s.Comparison.Status = Loaded
	}
	finish(s.begin())
	first := s.Run()
	if first.Slot != 1 || first.Changed != "the first run" {
		t.Errorf("the first run has slot %d and says %q", first.Slot, first.Changed)
	}
	again := func() *Run {
		t.Helper()
		s.train(false)
		c := s.last(protocol.CmdTrain)
		finish(c)
		return s.Run()
	}
	if r := again(); r.Slot != 2 || r.Changed != "nothing changed" || r.Number != 2 {
		t.Errorf("a second run like the first has slot %d, number %d and says %q", r.Slot, r.Number, r.Changed)
	}
	s.Change(func(c *protocol.Train) { c.Beta = 0.5 })
	if r := again(); r.Slot != 3 || !strings.Contains(r.Changed, "0.02 → 0.5") {
		t.Errorf("slot %d, %q", r.Slot, r.Changed)
	}
	s.Pin(first)
	again()
	if r := again(); len(s.Runs) != maxRuns || s.Runs[0] != first || r.Slot != 2 {
		t.Errorf("a fifth run leaves %d with slot %d; the pinned one is first: %v", len(s.Runs), r.Slot, s.Runs[0] == first)
	}
	s.Pin(s.Runs[1])
	s.Pin(s.Runs[2])
	if s.CanPin() {
		t.Error("a fourth run could be pinned, and then none be added")
	}
	if s.Pin(s.Runs[3]); s.Runs[3].Pinned {
		t.Error("a fourth run was pinned")
	}
	s.ClearRuns()
	if len(s.Runs) != 3 || s.Runs[0] != first {
		t.Errorf("Clear left %d runs", len(s.Runs))
	}
	s.Pin(first)
	if s.ClearRuns(); len(s.Runs) != 2 {
		t.Errorf("an unpinned run stays: %d", len(s.Runs))
	}
}

// What a run measures is asked for, kept with it, and not taken for a comparison's.
func TestRunIsMeasured(t *testing.T) {
	s := newSession(t)
	s.takeParsed(&protocol.Parsed{Examples: lines(8), Tax: map[string][]string{"en": {"a"}}})
	train := s.begin()
	var examples *protocol.Examples
	for _, c := range s.sent {
		if c.Examples != nil {
			examples = c.Examples
		}
	}
	if examples == nil || len(examples.Tax["en"]) != 1 {
		t.Fatalf("the session got %+v", examples)
	}
	if c := train.Train; c.TaxEvery != measureEvery || c.TaxScores != 2 || !c.Map {
		t.Errorf("the run measures every %d, scores %d, maps %v", c.TaxEvery, c.TaxScores, c.Map)
	}
	for _, step := range []int{0, 5, 10, 5} { // a lost device takes the run back
		for _, ev := range []protocol.Event{
			{Type: protocol.EvTax, Tax: &protocol.Tax{Step: step, NLL: map[string]float64{"en": float64(step)}}},
			{Type: protocol.EvScores, Scores: &protocol.Scores{Step: step, Scores: []task.Score{{Name: "chrF2++", Value: float64(step)}}}},
			{Type: protocol.EvMap, Map: &protocol.Map{Step: step}},
		} {
			ev.ReplyTo = train.ID
			s.Handle(ev)
		}
	}
	r := s.Run()
	if len(r.Tax) != 2 || len(r.Gains) != 2 || len(r.Maps) != 2 || len(s.Comparison.Scores) != 0 {
		t.Errorf("%d, %d and %d measurements, %d scores of a comparison", len(r.Tax), len(r.Gains), len(r.Maps), len(s.Comparison.Scores))
	}
	if m, place := s.Map(); m.Step != 5 || place != 2 {
		t.Errorf("the latest map is of step %d in place %d", m.Step, place)
	}
	s.ShowMap(1)
	if m, _ := s.Map(); m.Step != 0 {
		t.Errorf("the first map is of step %d", m.Step)
	}
	s.Curves.Every = 0
	var config protocol.Train
	if s.measured(&config); config.TaxEvery != 0 || config.Map {
		t.Error("what is off is measured")
	}
}

// Three methods run one after the other with the same steps and seed; a stop ends
// those that wait.
func TestSideBySide(t *testing.T) {
	s := newSession(t)
	s.Change(func(c *protocol.Train) { c.Steps, c.Seed = 7, 42 })
	s.SideBySide("sft", "grpo", "clo")
	s.done(s.last(protocol.CmdLoad))
	s.done(s.last(protocol.CmdExamples))
	for _, method := range []string{"sft", "grpo", "clo"} {
		c := s.last(protocol.CmdTrain)
		if c.Train.Method != method || c.Train.Steps != 7 || c.Train.Seed != 42 {
			t.Fatalf("the turn of %s runs %s for %d steps from seed %d", method, c.Train.Method, c.Train.Steps, c.Train.Seed)
		}
		s.step(c, 7)
		s.done(c)
		// Its answers are asked for before the next one trains, and arrive when that is under way.
		at := slices.IndexFunc(s.sent, func(sent protocol.Command) bool { return sent.ID > c.ID && sent.Type == protocol.CmdCompare })
		if at < 0 || slices.ContainsFunc(s.sent[:at], func(sent protocol.Command) bool { return sent.ID > c.ID && sent.Type == protocol.CmdTrain }) {
			t.Fatalf("after %s it is not compared, or the next method begins before that: %s", method, s.kinds())
		}
		compare := s.sent[at]
		line := lineOf("a", "before", method, 1, 2)
		s.Handle(protocol.Event{ReplyTo: compare.ID, Type: protocol.EvCompared, Compared: &line})
		s.done(compare)
	}
	if len(s.Runs) != 3 || len(s.Waiting()) != 0 {
		t.Errorf("%d runs, %d wait", len(s.Runs), len(s.Waiting()))
	}
	for i, k := range s.Review.Answers {
		if want := []string{"sft", "grpo", "clo"}[i]; k.Run != i+1 || k.Method != want || k.Step != 7 || k.Lines[0].After != want {
			t.Errorf("answers %d are those of run %d, %s: %+v", i, k.Run, k.Method, k.Lines)
		}
	}
	if len(s.Review.Answers) != 3 {
		t.Errorf("%d runs have answers, want 3", len(s.Review.Answers))
	}
	s.SideBySide("sft", "grpo")
	c := s.last(protocol.CmdTrain)
	s.Stop()
	s.done(c)
	if s.Busy() || len(s.Runs) != 4 {
		t.Errorf("after a stop: busy %v, %d runs", s.Busy(), len(s.Runs))
	}
}

func TestCurvesTable(t *testing.T) {
	s := newSession(t)
	s.Runs = []*Run{
		{Number: 1, Slot: 1, Config: usual("grpo"), Changed: `a "quoted", thing`, Steps: []protocol.Step{
			{Step: 1, Reward: 0.5, Terms: map[string]float64{"copy": -0.25}}, {Step: 2, Reward: 0.75}},
			Tax: []protocol.Tax{{Step: 0, NLL: map[string]float64{"en": 4.5}}}},
		{Number: 2, Slot: 2, Config: usual("sft"), Steps: []protocol.Step{{Step: 1, Loss: 3}}},
	}
	lines := strings.Split(strings.TrimSuffix(s.CurvesTable(), "\r\n"), "\r\n")
	if len(lines) != 5 {
		t.Fatalf("%d lines: %q", len(lines), lines)
	}
	header := strings.Split(lines[0], ",")
	column := func(line, name string) string {
		for i, h := range header {
			if h == name {
				return strings.Split(strings.ReplaceAll(line, `"a ""quoted"", thing"`, "quoted"), ",")[i]
			}
		}
		return "no column"
	}
	for _, test := range []struct{ line, column, want string }{
		{lines[1], "step", "0"}, {lines[1], "tax-en", "4.5"}, {lines[1], "reward", ""}, {lines[1], "changed", "quoted"},
		{lines[2], "reward", "0.5"}, {lines[2], "copy", "-0.25"}, {lines[3], "reward", "0.75"},
		{lines[4], "loss", "3"}, {lines[4], "reward", ""}, {lines[4], "method", "sft"}, {lines[4], "run", "2"},
	} {
		if got := column(test.line, test.column); got != test.want {
			t.Errorf("%s of %q is %q, want %q", test.column, test.line, got, test.want)
		}
	}
}

// What a run reported, written down and read again, is the same run.
func TestReportsAreTheRun(t *testing.T) {
	r := &Run{Steps: []protocol.Step{{Step: 1, Reward: 0.5}, {Step: 2, Reward: 0.75}}, Tax: []protocol.Tax{{Step: 0, NLL: map[string]float64{"en": 4}}, {Step: 2}},
		Gains: []protocol.Scores{{Step: 2, Count: 3}}, Maps: []*protocol.Map{{Step: 0}, {Step: 2}}}
	read := &Run{}
	for _, ev := range r.reports() {
		read.take(ev)
	}
	if !reflect.DeepEqual(read, r) {
		t.Errorf("read again %+v, reported %+v", read, r)
	}
	read.cut(1)
	if len(read.Steps) != 1 || len(read.Tax) != 1 || len(read.Gains) != 0 || len(read.Maps) != 1 {
		t.Errorf("cut after step 1: %d steps, %d taxes, %d scores, %d maps", len(read.Steps), len(read.Tax), len(read.Gains), len(read.Maps))
	}
}
