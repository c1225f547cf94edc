package attest

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
)

// Table tells how often each wording stands in each set of texts.
type Table struct {
	Sets   []string
	Counts map[string][]int // by wording, in the order of Sets
}

// Texts gives the texts of a set.
type Texts func(set string) iter.Seq2[string, error]

// Make counts wordings in sets.
func Make(wordings, sets []string, texts Texts) (*Table, error) {
	t := &Table{Sets: sets, Counts: map[string][]int{}}
	for _, set := range sets {
		counter := NewCounter(wordings)
		for text, err := range texts(set) {
			if err != nil {
				return nil, fmt.Errorf("count wordings in %s: %w", set, err)
			}
			counter.Add(text)
		}
		for w := range counter.counts {
			t.Counts[w] = append(t.Counts[w], counter.Count(w))
		}
	}
	return t, nil
}

// In names the sets in which a wording stands; counted is false if the table does not
// know the wording.
func (t *Table) In(wording string) (sets []string, counted bool) {
	counts, counted := t.Counts[wording]
	for i, n := range counts {
		if n > 0 {
			sets = append(sets, t.Sets[i])
		}
	}
	return sets, counted
}

// Write writes the table as tab-separated text, sorted by wording.
func (t *Table) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "wording\t%s\n", strings.Join(t.Sets, "\t"))
	wordings := make([]string, 0, len(t.Counts))
	for wording := range t.Counts {
		wordings = append(wordings, wording)
	}
	slices.Sort(wordings)
	for _, wording := range wordings {
		out.WriteString(wording)
		for _, n := range t.Counts[wording] {
			out.WriteString("\t" + strconv.Itoa(n))
		}
		out.WriteByte('\n')
	}
	return out.Flush()
}

// Read reads what Write has written.
func Read(r io.Reader) (*Table, error) {
	t := &Table{Counts: map[string][]int{}}
	scanner := bufio.NewScanner(r)
	for number := 1; scanner.Scan(); number++ {
		fields := strings.Split(scanner.Text(), "\t")
		if number == 1 {
			t.Sets = fields[1:]
			continue
		}
		counts := make([]int, 0, len(t.Sets))
		for _, field := range fields[1:] {
			n, err := strconv.Atoi(field)
			if err != nil {
				return nil, fmt.Errorf("table of attested wordings: line %d: %w", number, err)
			}
			counts = append(counts, n)
		}
		if len(counts) != len(t.Sets) {
			return nil, fmt.Errorf("table of attested wordings: line %d: %d counts, the header names %d sets", number, len(counts), len(t.Sets))
		}
		t.Counts[fields[0]] = counts
	}
	return t, scanner.Err()
}
