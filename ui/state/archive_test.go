package state

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dongyur/dongyur/core/archive"
	"github.com/dongyur/dongyur/core/protocol"
)

func TestExportAndImport(t *testing.T) {
	s := newShelf()
	before := worked(t, s)
	files, err := WholeProject(s, "p1")
	if err != nil {
		t.Fatal(err)
	}
	packed, err := archive.Pack(files)
	if err != nil {
		t.Fatal(err)
	}
	read, err := archive.Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(files, read); diff != "" {
		t.Errorf("the zip (-in +out):\n%s", diff)
	}
	other := newShelf()
	if err := MakeProject(other, "q9", "", "2026-02-02T00:00:00Z", read); err != nil {
		t.Fatal(err)
	}
	a, sent := reopened(t, other, "q9")
	if a.Project.Name != "First" || a.Project.ID != "q9" {
		t.Errorf("imported as %+v", a.Project)
	}
	if diff := cmp.Diff(before.Comparison, a.Comparison); diff != "" {
		t.Errorf("comparison (-before +after):\n%s", diff)
	}
	if string(other.files["projects/q9/runs/1/state.safetensors"]) != "weights and moments" {
		t.Error("the training state did not come along")
	}
	a.Play() // goes on where it is now
	if dir := last(t, *sent, protocol.CmdRestore).Restore.Dir; dir != "projects/q9/runs/1" {
		t.Errorf("restores %q", dir)
	}
}

// Where nothing is kept, an export comes from memory and an import goes into it.
func TestExportAndImportInMemory(t *testing.T) {
	a := worked(t, newShelf())
	a.Project.Keeping, a.Run().folder = InMemory, 0
	files, err := a.Files("2026-01-02T03:04:05Z", []protocol.File{{Name: "run.json", Data: []byte(`{"step": 3}`)}, {Name: "state.safetensors", Data: []byte("state")}})
	if err != nil {
		t.Fatal(err)
	}
	b, sent := kept(t, "m")
	b.Project.Keeping, b.Project.Problem = InMemory, "private"
	if err := b.Replace(files); err != nil {
		t.Fatal(err)
	}
	if len(b.Table.Rows) != 2 || len(b.Run().Steps) != 3 || b.Phase() != Paused || b.Project.Keeping != InMemory {
		t.Fatalf("%d rows, run %+v, project %+v", len(b.Table.Rows), b.Run(), b.Project)
	}
	b.Play()
	if got := last(t, *sent, protocol.CmdRestore).Restore; got.Dir != "" || string(got.Files["state.safetensors"]) != "state" {
		t.Errorf("restores %+v", got)
	}
}

func TestProjectsAreListedCopiedAndDeleted(t *testing.T) {
	s := newShelf()
	worked(t, s)
	files, err := WholeProject(s, "p1")
	if err != nil {
		t.Fatal(err)
	}
	if err := MakeProject(s, "p2", "Copy", "2026-03-01T00:00:00Z", files); err != nil {
		t.Fatal(err)
	}
	if err := MakeProject(s, "p3", "Empty", "2025-03-01T00:00:00Z", EmptyProject("Empty")); err != nil {
		t.Fatal(err)
	}
	list, err := Projects(s)
	if err != nil {
		t.Fatal(err)
	}
	want := []ProjectInfo{{"p2", "Copy", "2026-03-01T00:00:00Z"}, {"p1", "First", "2026-01-02T03:04:05Z"}, {"p3", "Empty", "2025-03-01T00:00:00Z"}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("projects (-want +got):\n%s", diff)
	}
	if a, _ := reopened(t, s, "p3"); len(a.Table.Rows) != 0 || a.Project.Name != "Empty" {
		t.Errorf("the empty project has %d rows and is called %q", len(a.Table.Rows), a.Project.Name)
	}
	for _, id := range []string{"p1", "p2", "p3"} {
		if err := DeleteProject(s, id); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.files) != 0 {
		t.Errorf("left: %v", slices.Collect(maps.Keys(s.files)))
	}
}
