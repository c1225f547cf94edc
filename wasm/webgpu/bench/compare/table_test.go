package main

import (
	"strings"
	"testing"
)

// TestThreads has two of our engines beside peers on one thread and on two.
func TestThreads(t *testing.T) {
	c := &comparison{engines: []string{"simd:threads=1", "simd:threads=2"}, backend: "wasm"}
	for _, text := range []string{
		`{"peer":"dongyur","host":"node","backend":"simd:threads=1","workload":"matmul","n":512,"ms_per_step":10,"gflops":27}`,
		`{"peer":"dongyur","host":"node","backend":"simd:threads=2","workload":"matmul","n":512,"ms_per_step":5}`,
		`{"peer":"jaxjs","host":"node20","backend":"wasm","threads":1,"workload":"matmul","n":512,"ms_per_step":12}`,
		`{"peer":"dongyur","host":"chromium","backend":"simd:threads=2","workload":"matmul","n":512,"ms_per_step":5}`,
		`{"peer":"jaxjs","host":"chromium140","backend":"wasm","threads":2,"workload":"matmul","n":512,"ms_per_step":6}`,
	} {
		c.add(text)
	}
	var out strings.Builder
	c.table(&out)
	for _, want := range []string{
		"| host | workload | dongyur simd:threads=1 ms | dongyur simd:threads=2 ms | jaxjs ×1 ms | jaxjs ×2 ms | ×faster than the best peer | ×faster: dongyur simd:threads=2 |",
		"| node | mm512 | 10 | 5 | 12 | – | 1.20 | 2.40 | 27 |",
		"| chromium | mm512 | – | 5 | – | 6 | – | 1.20 |",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
}

func TestTable(t *testing.T) {
	c := &comparison{engines: []string{"webgpu"}}
	for _, text := range []string{
		`{"peer":"dongyur","host":"node-dawn","backend":"webgpu","workload":"train-w1","ms_per_step":100,"gflops":17,"dispatches":150,"loss0":7.63341,"loss10":7.09869}`,
		`{"peer":"tfjs","host":"node20-dawn","backend":"webgpu","workload":"train-w1","ms_per_step":300,"loss0":7.6334,"loss10":7.0987}`,
		`{"peer":"jaxjs","host":"node20-dawn","backend":"webgpu","workload":"train-w1","ms_per_step":250,"loss0":7.6334,"loss10":7.0987}`,
		`{"peer":"dongyur","host":"chromium","backend":"webgpu","workload":"decode-w2-b1","ms_per_step":4,"ids_hash":"a"}`,
		`{"peer":"jaxjs","host":"chromium140","backend":"webgpu","workload":"decode-w2-b1","ms_per_step":8,"ids_hash":"b"}`,
		`{"peer":"tfjs","host":"node20-dawn","backend":"webgpu","workload":"decode:w2:1","error":"lost"}`,
		`{"peer":"jaxjs","host":"node20-dawn","backend":"webgpu","workload":"train-w2","ms_per_step":9,"timed_steps":1}`,
		`{"peer":"dongyur","host":"chromium","backend":"webgpu","workload":"replay","ms_per_step":0.5,"us_per_dispatch":0.71}`,
		`a peer chats`,
	} {
		c.add(text)
	}
	var out strings.Builder
	c.table(&out)
	for _, want := range []string{
		"| host | workload | dongyur webgpu ms | tfjs ms | jaxjs ms |",
		"| node-dawn | train-w1 | 100 | 300 | 250 | 2.50 | 17 | – | 150 | – | – | yes |",
		"| chromium | decode-w2-b1 | 4 | – | 8 | 2.00 | – | – | – | – | – | no: ids a, jaxjs b |",
		"| node-dawn | decode-w2-b1 | – | failed | – | – |",
		"| node-dawn | train-w2 | – | – | failed | – |",
		"To queue one more dispatch takes dongyur webgpu 0.71 µs (chromium).",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
}

// TestTuning lists which products were tuned, and by how much.
func TestTuning(t *testing.T) {
	c := &comparison{engines: []string{"webgpu", "webgpu:tune"}}
	for _, text := range []string{
		`{"peer":"dongyur","host":"chromium","backend":"webgpu","workload":"train-w1","ms_per_step":100}`,
		`{"peer":"dongyur","host":"chromium","backend":"webgpu:tune","workload":"train-w1","ms_per_step":80,"tuned":[` +
			`{"product":"1×256×128×512 float32","rule":"a","best":"b","rule_ns":3000,"best_ns":2000},{"product":"1×2×3×4 float32","rule":"a","best":"a","rule_ns":5000,"best_ns":5000}]}`,
	} {
		c.add(text)
	}
	var out strings.Builder
	c.table(&out)
	for _, want := range []string{
		"| chromium | train-w1 | 100 | 80 |",
		"Products whose tilings were measured:\n\n- dongyur webgpu:tune, train-w1 (chromium): 1×256×128×512 float32: b in place of a, 2µs in place of 3µs, ×1.50\n" +
			"- dongyur webgpu:tune, train-w1 (chromium): 1×2×3×4 float32: a stays, 5µs\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
}
