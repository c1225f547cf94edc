package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/dongyur/dongyur/core/data"
)

// texts are what cpt reads beside the examples: lines of a file or the training
// texts of a data set in a language.
func (c *trainCommand) texts(cli *program, lang string) (texts []string, err error) {
	if c.Texts == "" {
		return nil, nil
	}
	if file, err := os.Open(c.Texts); err == nil {
		defer file.Close()
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			if lines.Text() != "" {
				texts = append(texts, lines.Text())
			}
		}
		if err := lines.Err(); err != nil {
			return nil, fmt.Errorf("read texts of %s, line %d: %w", c.Texts, len(texts)+1, err)
		}
		return texts, nil
	}
	catalogue, err := cli.catalogue()
	if err != nil {
		return nil, err
	}
	for text, err := range catalogue.TextsSplit(c.Texts, lang, data.Train) {
		if err != nil {
			return nil, fmt.Errorf("texts of cpt: %w", err)
		}
		texts = append(texts, text)
	}
	return texts, nil
}
