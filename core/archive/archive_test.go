package archive_test

import (
	"archive/zip"
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/archive"
)

// zipped packs members as they are given, good or not.
func zipped(t interface{ Fatal(...any) }, members map[string]string) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		member, err := w.Create(name)
		if err == nil {
			_, err = member.Write([]byte(members[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestUnpackSaysWhatIsWrong(t *testing.T) {
	head := `{"format":"dongyur-project","version":1,"name":"x"}`
	whole := zipped(t, map[string]string{"project.json": head, "a.safetensors": strings.Repeat("x", 1000)})
	flipped := bytes.Clone(whole)
	flipped[60] ^= 0xff
	for _, test := range []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "no whole zip"},
		{"text", []byte("source\treference"), "no whole zip"},
		{"half", whole[:len(whole)/2], "no whole zip"},
		{"a flipped bit", flipped, "damaged"},
		{"another zip", zipped(t, map[string]string{"adapter_config.json": "{}"}), "no project.json"},
		{"another format", zipped(t, map[string]string{"project.json": `{"format":"x"}`}), "format"},
		{"no version", zipped(t, map[string]string{"project.json": `{"format":"dongyur-project"}`}), "version"},
		{"a later version", zipped(t, map[string]string{"project.json": `{"format":"dongyur-project","version":2}`}), "newer"},
		{"no JSON", zipped(t, map[string]string{"project.json": `{`}), "project.json"},
		{"a way out", zipped(t, map[string]string{"project.json": head, "../x": ""}), "../x"},
		{"a bomb", zipped(t, map[string]string{"project.json": head, "x.json": strings.Repeat("0", 70<<20)}), "which no project does"},
		{"a hidden file", zipped(t, map[string]string{"project.json": head, ".x": ""}), ".x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := archive.Unpack(test.data); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Unpack: error %v, want one with %q", err, test.want)
			}
			if _, err := archive.Check(test.data, 1<<30); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Check: error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestCheckTellsTheManifestAndBoundsTheWhole(t *testing.T) {
	packed, err := archive.Pack(map[string][]byte{
		"project.json":  []byte(`{"format":"dongyur-project","version":1,"name":"Tents"}`),
		"a.safetensors": make([]byte, 3<<20),
	})
	if err != nil {
		t.Fatal(err)
	}
	if m, err := archive.Check(packed, 4<<20); err != nil || m.Name != "Tents" {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := archive.Check(packed, 2<<20); err == nil || !strings.Contains(err.Error(), "more than 2 MB") {
		t.Errorf("error %v, want one with the limit", err)
	}
}
