package main

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReader(t *testing.T) {
	for _, test := range []struct {
		name, events string
		want         result
		printed      []string // in this order
		hidden       string   // must not be printed
	}{
		{
			name: "pass, fail and skip",
			events: `{"Action":"run","Package":"p","Test":"A"}
{"Action":"output","Package":"p","Test":"A","Output":"quiet\n"}
{"Action":"pass","Package":"p","Test":"A","Elapsed":0.1}
{"Action":"output","Package":"p","Test":"B/x","Output":"    b_test.go:3: got 1, want 2\n"}
{"Action":"fail","Package":"p","Test":"B/x","Elapsed":0}
{"Action":"output","Package":"p","Test":"C","Output":"    suite.go:9: no data: set DONGYUR_DATA\n"}
{"Action":"output","Package":"p","Test":"C","Output":"--- SKIP: C (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"C","Elapsed":0}
{"Action":"fail","Package":"p","Elapsed":1.5}
`,
			want: result{
				passed: 1, failed: 1, skipped: 1,
				reasons:  map[string]int{"no data: set DONGYUR_DATA": 1},
				failures: []string{"p B/x"},
			},
			printed: []string{"b_test.go:3: got 1, want 2", "fail", "1.50 s  p"},
			hidden:  "quiet",
		},
		{
			name: "a slow test counts once, without its parts",
			events: `{"Action":"pass","Package":"p","Test":"A/x","Elapsed":9}
{"Action":"pass","Package":"p","Test":"A","Elapsed":10}
{"Action":"pass","Package":"p","Elapsed":11}
`,
			want: result{passed: 2, reasons: map[string]int{}, slow: []event{{Action: "pass", Package: "p", Test: "A", Elapsed: 10}}},
		},
		{
			name: "a package that does not compile",
			events: `{"ImportPath":"p [p.test]","Action":"build-output","Output":"p.go:1: undefined: x\n"}
{"ImportPath":"p [p.test]","Action":"build-fail"}
{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}
{"Action":"fail","Package":"p","Elapsed":0,"FailedBuild":"p [p.test]"}
`,
			want:    result{failed: 1, reasons: map[string]int{}, failures: []string{"p"}},
			printed: []string{"undefined: x", "[build failed]"},
		},
		{
			name: "a panic in the middle of a test",
			events: `{"Action":"run","Package":"p","Test":"A"}
{"Action":"output","Package":"p","Test":"A","Output":"panic: boom\n"}
{"Action":"fail","Package":"p","Elapsed":0.2}
`,
			want:    result{failed: 1, reasons: map[string]int{}, failures: []string{"p"}},
			printed: []string{"panic: boom"},
		},
		{
			name:   "no tests, and a line that is no event",
			events: "go: downloading x\n" + `{"Action":"skip","Package":"p","Elapsed":0}` + "\n",
			want:   result{reasons: map[string]int{}}, printed: []string{"go: downloading x"}, hidden: "skip",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			r := newReader(&out)
			if err := r.read(strings.NewReader(test.events)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, r.result, cmp.AllowUnexported(result{})); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			rest := out.String()
			for _, text := range test.printed {
				_, after, found := strings.Cut(rest, text)
				if !found {
					t.Fatalf("%q is not printed, or not in order:\n%s", text, out.String())
				}
				rest = after
			}
			if test.hidden != "" && strings.Contains(out.String(), test.hidden) {
				t.Errorf("%q is printed:\n%s", test.hidden, out.String())
			}
		})
	}
}

func TestSummarize(t *testing.T) {
	var out strings.Builder
	ran := []stage{{name: "vet"}, {name: "native"}}
	results := []result{pass(), {passed: 7, failed: 1, skipped: 2, failures: []string{"p A"}, reasons: map[string]int{"no data": 2},
		slow: []event{{Package: "x/p", Test: "A", Elapsed: 9}, {Package: "x/p", Test: "B", Elapsed: 12.4}}}}
	if summarize(&out, ran, results, []time.Duration{time.Second, 2 * time.Second}) {
		t.Error("a run with a failure is reported as passed")
	}
	for _, want := range []string{"slow in native: 12 s p B\nslow in native: 9 s p A\n", "skipped in native: 2 × no data\n", "FAILED in native: p A\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
	if !strings.HasSuffix(out.String(), "\n8 passed, 1 failed, 2 skipped\n") {
		t.Errorf("closing line is not the last, or counts wrongly:\n%s", out.String())
	}
	if !summarize(&out, ran[:1], results[:1], []time.Duration{time.Second}) {
		t.Error("a run without failures is reported as failed")
	}
}

func TestChoose(t *testing.T) {
	for _, test := range []struct{ names, want string }{
		{"vet", "vet"},
		{"wasm vet", "vet wasm"},
		{"e2e", "build browser e2e"},
		{"webgpu", "npm webgpu"},
		{"agree", "npm agree"},
		{"simd agree-simd", "simd agree-simd"},
	} {
		chosen, err := choose(strings.Fields(test.names))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range chosen {
			names = append(names, s.name)
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("choose(%q) = %q, want %q", test.names, got, test.want)
		}
	}
	if all, err := choose(nil); err != nil || len(all) != len(stages)-5 || slices.ContainsFunc(all, func(s stage) bool { return s.named }) {
		t.Errorf("choose() = %d stages, %v; want all but webgpu, agree, simd, agree-simd and demo", len(all), err)
	}
	if _, err := choose([]string{"vett"}); err == nil || !strings.Contains(err.Error(), `"vett"`) {
		t.Errorf("error for an unknown stage: %v", err)
	}
}

func TestUseSIMD(t *testing.T) {
	t.Setenv("GOEXPERIMENT", "")
	if err := useSIMD(); err != nil {
		t.Fatal(err)
	}
	const tags, simd = "{{context.ToolTags}}", "goexperiment.simd"
	all := func(string) bool { return true }
	native, err := listPackages(nil, tags, all)
	if err != nil || len(native) == 0 || strings.Contains(native[0], simd) != (runtime.GOARCH == "amd64") {
		t.Errorf("natively on %s: %v, %v", runtime.GOARCH, native, err)
	}
	page, err := listPackages(jsWasm, tags, all)
	if err != nil || len(page) == 0 || strings.Contains(page[0], simd) {
		t.Errorf("for js/wasm: %v, %v; want no %s", page, err, simd)
	}
	t.Setenv("GOEXPERIMENT", "nosimd")
	if err := useSIMD(); err != nil || os.Getenv("GOEXPERIMENT") != "nosimd" {
		t.Errorf("GOEXPERIMENT=nosimd became %q, %v", os.Getenv("GOEXPERIMENT"), err)
	}
}

func TestSmallEnvironment(t *testing.T) {
	got := smallEnvironment([]string{
		"PATH=/bin", "GOFLAGS=-mod=mod", "DONGYUR_DATA=/d", "https_proxy=p", "LS_COLORS=" + strings.Repeat("x", 9000),
	})
	want := []string{"PATH=/bin", "GOFLAGS=-mod=mod", "DONGYUR_DATA=/d", "https_proxy=p"}
	if !slices.Equal(got, want) {
		t.Errorf("kept %q, want %q", got, want)
	}
}

func TestFuzzFunctions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a_test.go")
	source := "package p\n\nfunc FuzzRead(f *testing.F) {}\n\n// func FuzzNot(\nfunc TestX(t *testing.T) {}\nfunc FuzzWrite(f *testing.F) {\n"
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := fuzzFunctions(file)
	if err != nil || !slices.Equal(got, []string{"FuzzRead", "FuzzWrite"}) {
		t.Errorf("fuzzFunctions = %q, %v", got, err)
	}
}

func TestInstalled(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	write := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(want bool, when string) {
		t.Helper()
		if got := installed(from, to); got != want {
			t.Errorf("%s: installed = %v, want %v", when, got, want)
		}
	}
	write(filepath.Join(from, "package-lock.json"), "v1")
	expect(false, "nothing there")
	write(filepath.Join(to, "package-lock.json"), "v1")
	expect(false, "interrupted install")
	write(filepath.Join(to, "node_modules", ".package-lock.json"), "")
	expect(true, "finished install")
	write(filepath.Join(from, "package-lock.json"), "v2")
	expect(false, "lock changed")
}
