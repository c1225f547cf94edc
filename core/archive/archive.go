// Package archive is a project as one file: a zip of its manifest, its documents and its
// runs, as the page's Export gives it.
//
// Input: a project's files by name, or a zip. Output: the zip, or its files, with one
// error that says what is wrong and what to do. Page and hub check a zip by the same
// rules.
package archive

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// What a zip may unpack to: 4 GB are more than a browser grants. Weights, which are most
// of a project, are stored as they are, and the longest log of a run shrinks to a
// thirtieth; what shrinks further than ratio is no project but a zip bomb.
const (
	limit = 4 << 30
	ratio = 50
	floor = 64 << 20 // always allowed
)

// The manifest's name and what stands in it.
const (
	ManifestName = "project.json"
	Format       = "dongyur-project"
	Version      = 1
	// mostRuns bounds what a damaged manifest can say: a project looks for each of its runs.
	mostRuns = 100_000
	// mostManifest bounds a manifest in bytes.
	mostManifest = 1 << 20
)

// Manifest is project.json.
type Manifest struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	ID      string `json:"id"`
	Name    string `json:"name"`
	Created string `json:"created"`
	Changed string `json:"changed"`
	Runs    int    `json:"runs"` // folders of runs given out so far
}

// ReadManifest reads and checks a manifest.
func ReadManifest(data []byte, there bool) (Manifest, error) {
	var m Manifest
	if !there {
		return m, fmt.Errorf("there is no %s in it: choose a file that Export gave", ManifestName)
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("%s: %w", ManifestName, err)
	}
	switch {
	case m.Format != Format:
		return m, fmt.Errorf("%s: format is %q, want %q: choose a file that Export gave", ManifestName, m.Format, Format)
	case m.Version < 1:
		return m, fmt.Errorf("%s: version is %d, want 1 or more", ManifestName, m.Version)
	case m.Version > Version:
		return m, fmt.Errorf("%s: version %d was made by a newer page than this one, which reads up to %d: reload the page to update it", ManifestName, m.Version, Version)
	case m.Runs < 0 || m.Runs > mostRuns:
		return m, fmt.Errorf("%s: runs is %d, want 0 to %d", ManifestName, m.Runs, mostRuns)
	}
	if m.Name == "" {
		m.Name = "Project"
	}
	return m, nil
}

// Pack puts a project's files into a zip, by name. Weights hardly shrink, so they are
// stored as they are.
func Pack(files map[string][]byte) ([]byte, error) {
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		method := zip.Deflate
		if strings.HasSuffix(name, ".safetensors") {
			method = zip.Store
		}
		w, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = w.Write(files[name])
		}
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", name, err)
		}
	}
	err := archive.Close()
	return packed.Bytes(), err
}

// Unpack reads what Pack gave, and says what is wrong with any other file.
func Unpack(packed []byte) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := walk(packed, limit, func(name string, content io.Reader) (err error) {
		files[name], err = io.ReadAll(content)
		return err
	})
	if err != nil {
		return nil, err
	}
	data, there := files[ManifestName]
	if _, err := ReadManifest(data, there); err != nil {
		return nil, err
	}
	return files, nil
}

// Check says what Unpack would say, and refuses what unpacks to more than most bytes. It
// reads every member to its checksum and holds none but the manifest.
func Check(packed []byte, most uint64) (Manifest, error) {
	var manifest []byte
	there := false
	err := walk(packed, most, func(name string, content io.Reader) (err error) {
		if name != ManifestName {
			_, err = io.Copy(io.Discard, content)
			return err
		}
		there = true
		manifest, err = io.ReadAll(io.LimitReader(content, mostManifest+1))
		if err == nil && len(manifest) > mostManifest {
			err = fmt.Errorf("it has more than %d MB", mostManifest>>20)
		}
		return err
	})
	if err != nil {
		return Manifest{}, err
	}
	return ReadManifest(manifest, there)
}

// walk reads a zip's members in order, after their names and sizes were found sound;
// archive/zip refuses a member that is longer than it says.
func walk(packed []byte, total uint64, read func(name string, content io.Reader) error) error {
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return fmt.Errorf("it is no whole zip file (%w): choose a file that Export gave, and copy it again if it was cut off", err)
	}
	sum, most := uint64(0), max(floor, ratio*uint64(len(packed)))
	for _, member := range archive.File {
		if strings.HasSuffix(member.Name, "/") {
			continue
		}
		if !fs.ValidPath(member.Name) || strings.ContainsAny(member.Name, "\\:\x00") || strings.HasPrefix(member.Name, ".") {
			return fmt.Errorf("it holds a file named %q, which no project has: choose a file that Export gave", member.Name)
		}
		// Each is bounded before they are added up: a sum of lies can overflow.
		if sum += min(member.UncompressedSize64, limit); sum > total {
			return fmt.Errorf("it unpacks to more than %s: choose a file that Export gave", size(total))
		}
		if sum > most {
			return fmt.Errorf("its %d MB unpack to more than %d MB, which no project does: choose a file that Export gave", len(packed)>>20, most>>20)
		}
		if err := readMember(member, read); err != nil {
			return fmt.Errorf("its %s is damaged (%w): copy the file again", member.Name, err)
		}
	}
	return nil
}

func readMember(member *zip.File, read func(name string, content io.Reader) error) error {
	content, err := member.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	return read(member.Name, content)
}

func size(bytes uint64) string {
	if bytes >= 1<<30 {
		return fmt.Sprintf("%d GB", bytes>>30)
	}
	return fmt.Sprintf("%d MB", bytes>>20)
}
