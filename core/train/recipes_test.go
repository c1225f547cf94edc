package train

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/model"
)

// Every recipe of the project is read, names sets of the catalogue that may be trained
// on, and has the size that its name promises.
func TestProjectRecipes(t *testing.T) {
	catalogue, err := data.OpenCatalogue("")
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob("../../assets/recipes/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("recipes: %v, %v", paths, err)
	}
	most := map[string]float64{"nano": 2.1, "small": 16, "base": 60, "nano-enc": 2, "nano-judge": 2, "small-enc": 10,
		"everyday": 2.1, "everyday-enc": 2, "everyday-judge": 2}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		recipe, sources, err := readAny(name, bytes.NewReader(content))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if recipe != name {
			t.Errorf("%s: its name is %q", name, recipe)
		}
		for _, s := range sources {
			if err := s.checkClass(catalogue); err != nil {
				t.Errorf("%s: %s: %v", name, s.Name(), err)
			}
		}
		var shape struct{ Model json.RawMessage }
		if err := json.Unmarshal(content, &shape); err != nil {
			t.Fatal(err)
		}
		if shape.Model == nil {
			continue // of a tokenizer
		}
		config, err := model.ParseConfig(bytes.NewReader(shape.Model))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if size := float64(config.Parameters()) / 1e6; size > most[name] {
			t.Errorf("%s has %.2f M parameters, more than %g", name, size, most[name])
		}
	}
}

// readAny reads a recipe by what its name says it is of.
func readAny(name string, r io.Reader) (string, []Source, error) {
	switch {
	case strings.HasSuffix(name, "-enc"), strings.HasSuffix(name, "-judge"):
		recipe, err := ReadEncoderRecipe(r)
		if err != nil {
			return "", nil, err
		}
		return recipe.Name, recipe.Sources, nil
	case name == "bo-zh-en", strings.HasSuffix(name, "-tokenizer"):
		recipe, err := ReadTokenizerRecipe(r)
		if err != nil {
			return "", nil, err
		}
		return recipe.Name, recipe.Sources, nil
	}
	recipe, err := ReadRecipe(r)
	if err != nil {
		return "", nil, err
	}
	var sources []Source
	for _, phase := range recipe.Phases {
		sources = append(sources, phase.Sources...)
	}
	return recipe.Name, sources, nil
}
