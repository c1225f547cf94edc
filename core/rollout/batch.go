package rollout

// Batch is rows of prompts padded on the left, so that every completion starts
// in the same column: row b holds Pad[b] columns that count for nothing.
type Batch struct {
	Tokens []int32 // [Rows, Prompt]
	Pad    []int32 // [Rows]
	Rows   int
	Prompt int // columns of the prompts
	Time   int // columns of prompts and completions, the cache's length
}

// newBatch lays prompts out with room for completions of most tokens.
func newBatch(prompts [][]int, most int) Batch {
	longest := 1
	for _, prompt := range prompts {
		longest = max(longest, len(prompt))
	}
	b := Batch{Rows: len(prompts), Prompt: Bucket(longest)}
	b.Time = Bucket(b.Prompt + most)
	b.Tokens, b.Pad = make([]int32, b.Rows*b.Prompt), make([]int32, b.Rows)
	for row, prompt := range prompts {
		pad := b.Prompt - len(prompt)
		b.Pad[row] = int32(pad)
		for i, id := range prompt {
			b.Tokens[row*b.Prompt+pad+i] = int32(id)
		}
	}
	return b
}

// Bucket rounds a length up to one of few, since every length is a graph to
// compile: a multiple of 16 up to 128, of 32 up to 512, of 128 beyond.
func Bucket(length int) int {
	step := 16
	switch {
	case length > 512:
		step = 128
	case length > 128:
		step = 32
	}
	return (length + step - 1) / step * step
}
