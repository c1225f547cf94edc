package state

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/core/protocol"
)

// What an import may unpack to: 4 GB are more than a browser grants. Weights, which are
// most of a project, are stored as they are, and the longest log of a run shrinks to a
// thirtieth; what shrinks further than archiveRatio is no project but a zip bomb.
const (
	archiveLimit = 4 << 30
	archiveRatio = 50
	archiveFloor = 64 << 20 // always allowed
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
		var head projectHead
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
	head, _ := json.Marshal(projectHead{Format: projectFormat, Version: projectVersion, Name: name}) // of strings and numbers
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
	head, err := json.Marshal(projectHead{projectFormat, projectVersion, p.ID, p.Name, p.Created, now, p.folders})
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
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, fmt.Errorf("it is no whole zip file (%w): choose a file that Export gave, and copy it again if it was cut off", err)
	}
	files := map[string][]byte{}
	total, most := uint64(0), max(archiveFloor, archiveRatio*uint64(len(packed)))
	for _, member := range archive.File {
		if strings.HasSuffix(member.Name, "/") {
			continue
		}
		if !fs.ValidPath(member.Name) || strings.ContainsAny(member.Name, "\\:\x00") || strings.HasPrefix(member.Name, ".") {
			return nil, fmt.Errorf("it holds a file named %q, which no project has: choose a file that Export gave", member.Name)
		}
		// Each is bounded before they are added up: a sum of lies can overflow.
		if total += min(member.UncompressedSize64, archiveLimit); total > archiveLimit {
			return nil, fmt.Errorf("it unpacks to more than %d GB: choose a file that Export gave", archiveLimit>>30)
		}
		if total > most {
			return nil, fmt.Errorf("its %d MB unpack to more than %d MB, which no project does: choose a file that Export gave", len(packed)>>20, most>>20)
		}
		if files[member.Name], err = unpackOne(member); err != nil {
			return nil, fmt.Errorf("its %s is damaged (%w): copy the file again", member.Name, err)
		}
	}
	if _, err := readHead(files); err != nil {
		return nil, err
	}
	return files, nil
}

// unpackOne reads a member; archive/zip refuses one that is longer than it says.
func unpackOne(member *zip.File) ([]byte, error) {
	r, err := member.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}
