package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/hub"
)

// siteCommand writes the page as files for a static host.
type siteCommand struct {
	Dir string `help:"The repository's folder, with index.html, assets and what make page built." default:"." type:"path"`
	Out string `help:"Folder to write to; what is in it goes." required:"" type:"path"`
}

// Help is the command's example.
func (siteCommand) Help() string {
	return "Example: dongyur site --out .build/edge/site\n\n" +
		"Writes what serve serves, with its headers in _headers as Cloudflare and Netlify read them."
}

// largestFile is the most that Cloudflare takes for one file.
const largestFile = 25 << 20

// Run writes every file.
func (c *siteCommand) Run() error {
	if err := checkBuilt(c.Dir); err != nil {
		return fmt.Errorf("site: %w", err)
	}
	root, err := os.OpenRoot(c.Dir)
	if err != nil {
		return fmt.Errorf("site: %w", err)
	}
	defer root.Close()
	s := &site{root: root}
	files, err := s.files()
	if err != nil {
		return fmt.Errorf("site: %w", err)
	}
	if err := os.RemoveAll(c.Out); err != nil {
		return fmt.Errorf("site: %w", err)
	}
	for _, served := range slices.Sorted(maps.Keys(files)) {
		if err := s.copyTo(files[served], filepath.Join(c.Out, filepath.FromSlash(served))); err != nil {
			return fmt.Errorf("site: %s: %w", served, err)
		}
	}
	script, err := s.serviceWorker()
	if err == nil {
		err = os.WriteFile(filepath.Join(c.Out, "sw.js"), script, 0o644)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(c.Out, "_headers"), []byte(headersFile()), 0o644)
	}
	if err != nil {
		return fmt.Errorf("site: %w", err)
	}
	fmt.Printf("%d files in %s\n", len(files)+2, c.Out)
	return nil
}

// files are the repository's files by the path that they are served at.
func (s *site) files() (map[string]string, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	sums, err := s.listed()
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for served := range sums {
		name, ok := fileOf("/" + served)
		if !ok {
			return nil, fmt.Errorf("%s is listed and not served", served)
		}
		files[served] = name
	}
	for address, name := range hub.Pages {
		files[strings.TrimPrefix(address, "/")+".html"] = name // hosts serve /vote from vote.html
	}
	return files, nil
}

func (s *site) copyTo(name, to string) error {
	file, info, err := s.open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	if info.Size() > largestFile {
		return fmt.Errorf("%d MB are more than a static host takes for a file (%d)", info.Size()>>20, largestFile>>20)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	if _, err := io.Copy(out, file); err != nil {
		return err
	}
	return out.Close()
}

func headersFile() string {
	var out strings.Builder
	out.WriteString("/*\n")
	for _, name := range slices.Sorted(maps.Keys(hub.PageHeaders)) {
		fmt.Fprintf(&out, "  %s: %s\n", name, hub.PageHeaders[name])
	}
	return out.String()
}
