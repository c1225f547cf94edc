package token

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Save writes a tokenizer.json that Load and the `tokenizers` library read with
// the same ids: the vocabulary by id, the merges in order, the other parts as
// they were read.
func (t *Tokenizer) Save(w io.Writer) error {
	out := bufio.NewWriter(w)
	f := t.file
	fmt.Fprintf(out, "{\n  \"version\": %s,\n", quote(f.Version))
	fmt.Fprintf(out, "  \"truncation\": %s,\n  \"padding\": %s,\n", orNull(f.Truncation), orNull(f.Padding))
	fmt.Fprint(out, "  \"added_tokens\": [")
	for i, a := range f.AddedTokens {
		fmt.Fprintf(out, "%s\n    %s", comma(i), quote(a))
	}
	fmt.Fprint(out, "\n  ],\n")
	fmt.Fprintf(out, "  \"normalizer\": %s,\n  \"pre_tokenizer\": %s,\n", orNull(f.Normalizer), orNull(f.PreTokenizer))
	fmt.Fprintf(out, "  \"post_processor\": %s,\n  \"decoder\": %s,\n", orNull(f.PostProcessor), orNull(f.Decoder))
	t.saveModel(out)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("save tokenizer: %w", err)
	}
	return nil
}

func (t *Tokenizer) saveModel(out *bufio.Writer) {
	settings := quote(t.file.settings)
	fmt.Fprintf(out, "  \"model\": {\n    %s,\n    \"vocab\": {", strings.Trim(settings, "{}"))
	written := 0
	for id, token := range t.spell {
		if in, ok := t.vocab[token]; t.inUse[id] && ok && int(in) == id {
			fmt.Fprintf(out, "%s\n      %s: %d", comma(written), quote(token), id)
			written++
		}
	}
	fmt.Fprint(out, "\n    },\n    \"merges\": [")
	for i, pair := range t.pairs {
		left, right := t.spell[pair>>32], t.spell[uint32(pair)]
		fmt.Fprintf(out, "%s\n      [%s, %s]", comma(i), quote(left), quote(right))
	}
	fmt.Fprint(out, "\n    ]\n  }\n}\n")
}

// quote is JSON without HTML's escapes, so that "<|im_end|>" stays readable.
func quote(v any) string {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "null" // strings, numbers and booleans always encode
	}
	return strings.TrimSpace(text.String())
}

func orNull(raw json.RawMessage) string {
	if isNull(raw) {
		return "null"
	}
	return string(slices.Clip(bytes.TrimSpace(raw)))
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}
