package main

import (
	"fmt"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/token"
)

type tokenizerMeasure struct {
	File   string   `arg:"" help:"tokenizer.json to measure." type:"existingfile"`
	Beside []string `help:"Other tokenizer.json files to measure on the same texts." type:"existingfile"`
	Split  string   `help:"Split of flores_bo_zh_en and software_bo_zh_en: dev or test." default:"dev"`
}

// Help is the command's example.
func (tokenizerMeasure) Help() string {
	return "Example:\n\n  dongyur tokenizer measure assets/models/small/tokenizer.json --beside qwen2.5/tokenizer.json\n\n" +
		"Prints, for each set, tokens a Tibetan syllable, tokens a Chinese character, bytes of English a token,\n" +
		"and how many of the texts come back as they were when they are encoded and decoded."
}

// tokenizerFigures are what a tokenizer makes of one set.
type tokenizerFigures struct {
	File       string  `json:"file"`
	Tokens     int     `json:"tokens"` // of the vocabulary
	Set        string  `json:"set"`
	Split      string  `json:"split"`
	Syllable   float64 `json:"tokens_per_bo_syllable"`
	Character  float64 `json:"tokens_per_zh_character"`
	Bytes      float64 `json:"en_bytes_per_token"`
	Texts      int     `json:"texts"`
	RoundTrips int     `json:"round_trips"`
}

// Run measures every tokenizer on every set.
func (c *tokenizerMeasure) Run(cli *program) error {
	catalogue, err := cli.catalogue()
	if err != nil {
		return err
	}
	for _, set := range []string{"flores_bo_zh_en", "software_bo_zh_en"} {
		texts := map[string][]string{}
		for _, code := range []string{"bo", "zh", "en"} {
			for text, err := range catalogue.TextsSplit(set, code, c.Split) {
				if err != nil {
					return err
				}
				texts[code] = append(texts[code], text)
			}
		}
		for _, path := range append([]string{c.File}, c.Beside...) {
			tokenizer, err := token.LoadFile(path)
			if err != nil {
				return err
			}
			figures := measureTokenizer(tokenizer, texts)
			figures.File, figures.Set, figures.Split = path, set, c.Split
			if cli.JSON {
				printJSON(figures)
				continue
			}
			fmt.Printf("%s %s, %s (%d tokens): bo %.3f tokens a syllable, zh %.3f tokens a character, en %.2f bytes a token, %d of %d texts come back\n",
				set, c.Split, path, figures.Tokens, figures.Syllable, figures.Character, figures.Bytes, figures.RoundTrips, figures.Texts)
		}
	}
	return nil
}

// measureTokenizer measures one tokenizer on texts by language (bo, zh, en).
func measureTokenizer(tokenizer *token.Tokenizer, texts map[string][]string) tokenizerFigures {
	figures := tokenizerFigures{Tokens: tokenizer.VocabSize()}
	tokens, units := map[string]int{}, map[string]int{}
	for code, list := range texts {
		for _, text := range list {
			ids := tokenizer.EncodeOrdinary(text)
			tokens[code] += len(ids)
			switch code {
			case "bo":
				units[code] += len(lang.Syllables(text))
			case "zh":
				units[code] += len([]rune(text))
			default:
				units[code] += len(text)
			}
			figures.Texts++
			if tokenizer.Decode(ids) == text {
				figures.RoundTrips++
			}
		}
	}
	ratio := func(a, b int) float64 {
		if b == 0 {
			return 0 // a set without texts in a language
		}
		return float64(a) / float64(b)
	}
	figures.Syllable, figures.Character, figures.Bytes = ratio(tokens["bo"], units["bo"]), ratio(tokens["zh"], units["zh"]), ratio(units["en"], tokens["en"])
	return figures
}
