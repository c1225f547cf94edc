package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/dongyur/dongyur/core/encoder/served"
	"github.com/dongyur/dongyur/core/reward"
)

// servedEncoder opens an encoder that is named openai:MODEL or openai:MODEL@URL;
// ok is false for any other name. The key comes from OPENAI_API_KEY and rows are
// kept in the user's cache folder.
func servedEncoder(name string) (enc reward.Encoder, ok bool, err error) {
	model, ok := strings.CutPrefix(name, "openai:")
	if !ok {
		return nil, false, nil
	}
	model, url, _ := strings.Cut(model, "@")
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, true, fmt.Errorf("encoder %s: no folder to keep embeddings in: %w; set HOME or XDG_CACHE_HOME", name, err)
	}
	enc, err = served.New(served.Options{
		Model: model, URL: url, Key: os.Getenv("OPENAI_API_KEY"), Cache: filepath.Join(cache, "dongyur", "embeddings"),
	})
	if err != nil {
		return nil, true, fmt.Errorf("encoder %s: %w", name, err)
	}
	return enc, true, nil
}
