package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/core/archive"
	"github.com/dongyur/dongyur/core/protocol"
)

// Projects lists what is kept, the latest first. A folder that is no project is left
// out.
func Projects(s Storage) ([]ProjectInfo, error) {
	names, err := s.List(projectsFolder)
	if err != nil {
		return nil, err
	}
	var list []ProjectInfo
	for _, name := range names {
		id, isFolder := strings.CutSuffix(name, "/")
		data, err := s.Read(path.Join(folderOf(id), projectFile))
		var head archive.Manifest
		if !isFolder || err != nil || json.Unmarshal(data, &head) != nil {
			continue
		}
		list = append(list, ProjectInfo{id, head.Name, head.Changed})
	}
	slices.SortFunc(list, func(a, b ProjectInfo) int { return strings.Compare(b.Changed, a.Changed) })
	return list, nil
}

// MakeProject puts a project's files under an ID of its own. A name that is empty is
// the files' own.
func MakeProject(s Storage, id, name, now string, files map[string][]byte) error {
	head, err := readHead(files)
	if err != nil {
		return err
	}
	head.ID, head.Changed = id, now
	if name != "" {
		head.Name = name
	}
	if head.Created == "" {
		head.Created = now
	}
	manifest, err := json.Marshal(head)
	if err != nil {
		return err
	}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if file == projectFile {
			continue // comes last: a project is one when all of it is there
		}
		if err := s.Write(path.Join(folderOf(id), file), files[file]); err != nil {
			return errors.Join(err, s.Remove(folderOf(id)))
		}
	}
	return s.Write(path.Join(folderOf(id), projectFile), manifest)
}

// EmptyProject are the files of a project that nothing was done in.
func EmptyProject(name string) map[string][]byte {
	head, _ := json.Marshal(archive.Manifest{Format: archive.Format, Version: archive.Version, Name: name}) // of strings and numbers
	return map[string][]byte{projectFile: head}
}

// WholeProject reads all files of a project, the large ones too.
func WholeProject(s Storage, id string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := readFolder(s, folderOf(id), "", func(string) bool { return true }, files)
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("project %s: %w", id, fs.ErrNotExist)
	}
	return files, err
}

// DeleteProject takes a project away.
func DeleteProject(s Storage, id string) error { return s.Remove(folderOf(id)) }

// Rename gives the project another name.
func (a *App) Rename(name string) {
	if name = strings.TrimSpace(name); name != "" {
		a.Project.Name = name
	}
}

// Files are the project as it is in memory, for an export where nothing is kept. saved
// are those of the run at hand, as Save gives them.
func (a *App) Files(now string, saved []protocol.File) (map[string][]byte, error) {
	p := &a.Project
	files := map[string][]byte{}
	if r := a.Run(); r != nil && len(saved) > 0 {
		if r.folder == 0 {
			p.folders++
			r.folder = p.folders
		}
		folder := path.Join(runsFolder, strconv.Itoa(r.folder))
		for _, f := range saved {
			files[path.Join(folder, f.Name)] = f.Data
		}
		var log bytes.Buffer
		for _, ev := range r.reports() {
			line, err := json.Marshal(ev)
			if err != nil {
				return nil, err
			}
			log.Write(append(line, '\n'))
		}
		files[path.Join(folder, "metrics.jsonl")] = log.Bytes()
	}
	for _, d := range a.documents() {
		data, err := json.Marshal(d.get())
		if err != nil {
			return nil, err
		}
		files[d.name] = data
	}
	if p.Created == "" {
		p.Created = now
	}
	head, err := json.Marshal(archive.Manifest{Format: archive.Format, Version: archive.Version, ID: p.ID, Name: p.Name, Created: p.Created, Changed: now, Runs: p.folders})
	files[projectFile] = head
	return files, err
}

// Replace takes an imported project in the place of the one at hand, where nothing is
// kept and the page cannot open it anew.
func (a *App) Replace(files map[string][]byte) error {
	if _, err := readHead(files); err != nil {
		return err
	}
	a.Reset()
	keeping, problem, id := a.Project.Keeping, a.Project.Problem, a.Project.ID
	a.Runs, a.Comparison, a.Adapter, a.Load, a.Vote = nil, Comparison{}, Adapter{}, Loading{}, Voting{}
	a.Review, a.Try = Review{}, Try{}
	a.Project = newProject()
	_, err := a.TakeProject(files)
	a.Project.Keeping, a.Project.Problem, a.Project.ID = keeping, problem, id
	for _, r := range a.Runs {
		folder := path.Join(runsFolder, strconv.Itoa(r.folder))
		r.files = map[string][]byte{}
		for name, data := range files {
			if dir, file := path.Split(name); path.Clean(dir) == folder {
				r.files[file] = data
			}
		}
	}
	return err
}
