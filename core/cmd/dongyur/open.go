package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/prompt"
	"github.com/dongyur/dongyur/core/token"
)

// measured is a model on an engine, to be measured without a session.
type measured struct {
	policy    *model.Policy
	tokenizer *token.Tokenizer
	form      *prompt.Form
}

// openMeasured opens a model's folder and, if it is named, an adapter's.
func openMeasured(engineName, folder, adapter string, spoken spokenFlags) (*measured, error) {
	settings, err := spoken.settings()
	if err != nil {
		return nil, err
	}
	backend, err := engine.Open(engineName)
	if err != nil {
		return nil, err
	}
	checkpoint, err := model.Load(os.DirFS(folder))
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", folder, err)
	}
	tokenizer, err := token.LoadFile(filepath.Join(folder, "tokenizer.json"))
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", folder, err)
	}
	form, _, warning, err := prompt.Open(os.DirFS(folder), tokenizer, checkpoint.Config.EOS, settings)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", folder, err)
	}
	if warning != "" {
		fmt.Fprintln(os.Stderr, "warning:", warning)
	}
	policy, err := model.NewPolicy(backend, checkpoint)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", folder, err)
	}
	if adapter == "" {
		return &measured{policy, tokenizer, form}, nil
	}
	attached, err := model.LoadAdapter(os.DirFS(adapter))
	if err == nil {
		err = policy.Attach(attached)
	}
	if err != nil {
		policy.Finalize()
		return nil, fmt.Errorf("load %s: %w", adapter, err)
	}
	return &measured{policy, tokenizer, form}, nil
}
