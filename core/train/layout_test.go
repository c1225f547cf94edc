package train

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Whatever the sizes, each epoch has every example once.
func TestOrderCoversEpochs(t *testing.T) {
	for _, test := range []struct{ n, count int }{{1, 1}, {5, 2}, {6, 3}, {7, 7}, {3, 8}, {10, 1}} {
		var all []int
		for step := 1; len(all) < 4*test.n; step++ {
			chosen := Order(test.n, test.count, 11, step)
			if len(chosen) != test.count || !slices.Equal(chosen, Order(test.n, test.count, 11, step)) {
				t.Fatalf("Order(%d, %d): step %d gives %v, then %v", test.n, test.count, step, chosen, Order(test.n, test.count, 11, step))
			}
			all = append(all, chosen...)
		}
		for epoch := range 4 {
			part := slices.Sorted(slices.Values(all[epoch*test.n : (epoch+1)*test.n]))
			for i, index := range part {
				if i != index {
					t.Errorf("Order(%d, %d): epoch %d has %v", test.n, test.count, epoch, part)
					break
				}
			}
		}
	}
	if slices.Equal(Order(20, 20, 1, 1), Order(20, 20, 2, 1)) {
		t.Error("two seeds give one order")
	}
	if slices.Equal(Order(20, 20, 1, 1), Order(20, 20, 1, 2)) {
		t.Error("two epochs have one order")
	}
}

func TestLayout(t *testing.T) {
	l := newLayout([]Row{{Name: "", Prompt: []int{7, 8}, Completion: []int{9}}, {Name: "", Prompt: []int{1, 2, 3}, Completion: []int{4, 5}}}, 3)
	const time = 32 // prompts and completions in columns of 16 each
	tokens, mask := [][]int32{make([]int32, time), make([]int32, time), make([]int32, time)}, [][]float32{make([]float32, 16), make([]float32, 16), make([]float32, 16)}
	copy(tokens[0][14:], []int32{7, 8, 9})
	copy(tokens[1][13:], []int32{1, 2, 3, 4, 5})
	mask[0][0], mask[1][0], mask[1][1] = 1, 1, 1
	for _, test := range []struct {
		name       string
		have, want any
	}{
		{"tokens", l.tokens.Value(), tokens}, {"pad", l.pad.Value(), []int32{14, 13, 15}}, {"mask", l.mask.Value(), mask}, {"columns", l.columns, 16},
	} {
		if !reflect.DeepEqual(test.have, test.want) {
			t.Errorf("%s: %v, want %v", test.name, test.have, test.want)
		}
	}
}

// Parts hold rows of like length; one part keeps the order.
func TestMicroBatches(t *testing.T) {
	lengths := []int{30, 3, 20, 4, 20}
	for _, test := range []struct {
		size int
		want [][]int
	}{
		{0, [][]int{{0, 1, 2, 3, 4}}}, {-1, [][]int{{0, 1, 2, 3, 4}}}, {5, [][]int{{0, 1, 2, 3, 4}}}, {9, [][]int{{0, 1, 2, 3, 4}}},
		{2, [][]int{{1, 3}, {2, 4}, {0}}}, {4, [][]int{{1, 3, 2, 4}, {0}}},
	} {
		if have := microBatches(len(lengths), test.size, func(i int) int { return lengths[i] }); !reflect.DeepEqual(have, test.want) {
			t.Errorf("in parts of %d: %v, want %v", test.size, have, test.want)
		}
	}
}

func testStreams(t testing.TB) []Stream {
	t.Helper()
	long, short := Stream{Name: "long", Weight: 3}, Stream{Name: "short", Weight: 1}
	for i := range 200 {
		long.Tokens = append(long.Tokens, int32(i))
	}
	for i := range 40 {
		short.Tokens = append(short.Tokens, int32(200+i))
	}
	return []Stream{long, short, {Name: "off", Tokens: make([]int32, 50)}}
}

func TestWindows(t *testing.T) {
	streams := testStreams(t)
	const rows, time = 400, 12
	streams[1].Given = make([]bool, 40)
	for i := range 20 {
		streams[1].Given[2*i] = true // its even tokens
	}
	batch, learnt := windows(streams, 5, 3, rows, time)
	if again, _ := windows(streams, 5, 3, rows, time); !slices.Equal(batch, again) {
		t.Error("the same seed and step give two batches")
	}
	for _, draw := range [][2]int{{6, 3}, {5, 4}} {
		if other, _ := windows(streams, uint64(draw[0]), draw[1], rows, time); slices.Equal(batch, other) {
			t.Error("another seed or step gives the same batch")
		}
	}
	for i, l := range learnt {
		token := batch[i/time*(time+1)+i%time+1]
		if given := token >= 200 && token%2 == 0; given != (l == 0) {
			t.Fatalf("token %d: learnt %g", token, l)
		}
	}
	if len(batch) != rows*(time+1) {
		t.Fatalf("%d tokens, want %d", len(batch), rows*(time+1))
	}
	ofLong, last := 0, map[int32]bool{}
	for i := 0; i < len(batch); i += time + 1 {
		row := batch[i : i+time+1]
		for j := range row {
			if row[j] != row[0]+int32(j) {
				t.Fatalf("row %v is no window of a stream", row)
			}
		}
		last[row[time]] = true
		if row[0] < 200 {
			ofLong++
		}
	}
	if share := float64(ofLong) / rows; share < 0.68 || share > 0.82 {
		t.Errorf("a stream of weight 3 of 4 has %.2f of the rows", share)
	}
	if !last[239] {
		t.Error("no window of 100 reaches the end of a stream with 28 places")
	}
}

func TestPretrainerRefuses(t *testing.T) {
	policy := newPolicy(t, 0)
	good := PretrainConfig{Steps: 1, Rows: 4, Time: 12}
	uneven := good
	uneven.MicroBatch = 3
	for _, test := range []struct {
		name    string
		streams []Stream
		config  PretrainConfig
		want    string
	}{
		{"a short stream", []Stream{{Name: "tiny", Weight: 1, Tokens: make([]int32, 13)}}, good, `"tiny" has 13 tokens`},
		{"a negative weight", []Stream{{Name: "less", Weight: -1, Tokens: make([]int32, 99)}}, good, `"less" has weight -1`},
		{"no weight", []Stream{{Name: "off", Tokens: make([]int32, 99)}}, good, "step 1: no stream has a weight"},
		{"steps that nothing is read in", []Stream{{Name: "first", Weight: 1, Last: 2, Tokens: make([]int32, 99)}}, PretrainConfig{Steps: 3, Rows: 2, Time: 12}, "step 3: no stream"},
		{"no stream", nil, good, "no stream"},
		{"uneven micro-batches", testStreams(t), uneven, "no multiple of micro-batches of 3"},
	} {
		if _, err := NewPretrainer(policy, test.streams, test.config); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		}
	}
}
