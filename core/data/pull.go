//go:build !js

package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// Pull downloads the file of a set into dir ("" means the catalogue's folder),
// checks its sha256 and only then gives it its name. progress, which may be nil, is
// told the bytes so far and the bytes in all (−1 when the server does not say). A
// file that is there already and right is left alone.
//
// Sets whose file has no public address give an error that names their sources and
// says what to do.
func (c *Catalogue) Pull(ctx context.Context, name, dir string, progress func(done, total int64)) error {
	path, err := c.Path(name, dir)
	if err != nil {
		return fmt.Errorf("pull: %w", err)
	}
	f, err := c.Open(name, dir)
	if err == nil {
		return f.Close()
	}
	s, _ := c.Set(name)
	if s.URL == "" {
		if !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("pull %s: %w\n%s", name, err, s.howToGet(path))
		}
		return fmt.Errorf("pull %s: %s", name, s.howToGet(path))
	}
	if err := download(ctx, s, path, progress); err != nil {
		return fmt.Errorf("pull %s from %s: %w", name, s.URL, err)
	}
	return nil
}

// howToGet tells a person where a set without a public file comes from, and where to
// put it.
func (s Set) howToGet(path string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s has no public address: it was cleaned and put together for this project from the sources below, and is not published as a file.\n", s.File)
	fmt.Fprintf(&b, "To use the set, copy the file from someone who has it to\n  %s\n", path)
	fmt.Fprintf(&b, "or name its folder with --data-dir or DONGYUR_DATA. Its sha256 must be\n  %s\n", s.SHA256)
	fmt.Fprintf(&b, "and `dongyur data pull %s` then says that it is right.\n", s.Name)
	b.WriteString("To use the sources themselves, make a table of them (a column for each language, named bo, zh, en) and give its path in place of the set's name:")
	for _, source := range s.Sources {
		fmt.Fprintf(&b, "\n  %s", source.Name)
		if source.URL != "" {
			fmt.Fprintf(&b, ", %s", source.URL)
		}
		if source.Commit == "unknown" {
			b.WriteString(" (which commit was read is not known)")
		} else {
			fmt.Fprintf(&b, " (%s)", source.Commit)
		}
	}
	return b.String()
}

// download fetches into a temporary file beside path, so that path is never half a file.
func download(ctx context.Context, s Set, path string, progress func(done, total int64)) (err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("%w; check the network and run the command again", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers %s", resp.Status)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".part-*")
	if err != nil {
		return err
	}
	defer func() {
		f.Close()
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	body := io.Reader(resp.Body)
	if progress != nil {
		body = &counted{body, 0, resp.ContentLength, progress}
	}
	if _, err := io.Copy(f, body); err != nil {
		return fmt.Errorf("%w; nothing was kept, run the command again", err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := checkSum(f, s); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// counted tells progress how much has been read.
type counted struct {
	r           io.Reader
	done, total int64
	progress    func(done, total int64)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.done += int64(n)
	c.progress(c.done, c.total)
	return n, err
}
