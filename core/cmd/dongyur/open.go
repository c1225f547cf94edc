package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/token"
)

// measured is a model on an engine, to be measured without a session.
type measured struct {
	policy    *model.Policy
	tokenizer *token.Tokenizer
}

// openMeasured opens a model's folder and, if it is named, an adapter's.
func openMeasured(engineName, folder, adapter string) (*measured, error) {
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
	policy, err := model.NewPolicy(backend, checkpoint)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", folder, err)
	}
	if adapter == "" {
		return &measured{policy, tokenizer}, nil
	}
	attached, err := model.LoadAdapter(os.DirFS(adapter))
	if err == nil {
		err = policy.Attach(attached)
	}
	if err != nil {
		policy.Finalize()
		return nil, fmt.Errorf("load %s: %w", adapter, err)
	}
	return &measured{policy, tokenizer}, nil
}
