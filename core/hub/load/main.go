// Command load measures a hub: reads, votes and raters at once, and the processor time
// that each route takes of the hub's process.
//
// Input: the hub's address and, for processor time, its process; without an address it
// opens a hub of its own on SQLite, on one core. Output: a line for each route. `make
// hub-load` runs it on this machine alone.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dongyur/dongyur/core/archive"
	"github.com/dongyur/dongyur/core/hub"
	"github.com/dongyur/dongyur/core/hub/hubtest"
	"github.com/dongyur/dongyur/core/hub/sqlite"
	"github.com/dongyur/dongyur/core/vote"
)

const self = "HUBLOAD_DATABASE"

func main() {
	base := flag.String("base", "", "the hub's address; \"\": one of its own")
	pid := flag.Int("pid", 0, "the hub's process, whose processor time is read from /proc")
	raters := flag.Int("raters", 200, "raters at once")
	items := flag.Int("items", 24, "items that each of them votes on")
	reads := flag.Int("reads", 10000, "reads of each kind")
	clients := flag.Int("clients", 16, "readers at once")
	flag.Parse()
	if path := os.Getenv(self); path != "" {
		serve(path)
		return
	}
	if err := run(*base, *pid, *raters, *items, *reads, *clients); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// serve is the hub of its own: the address it got goes to its output.
func serve(path string) {
	db, err := sqlite.Open(context.Background(), path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	limits := hub.DefaultLimits
	limits.KeyChanges, limits.Publishes = 1e6, 1e6
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("http://" + listener.Addr().String())
	_ = http.Serve(listener, hub.New(hub.Config{DB: db, Files: hub.InDatabase{DB: db}, Limits: limits})) // until it is killed
}

func run(base string, pid, raters, items, reads, clients int) error {
	if base == "" {
		dir, err := os.MkdirTemp("", "hubload")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		program, err := os.Executable()
		if err != nil {
			return err
		}
		cmd := exec.Command(program)
		cmd.Env = append(os.Environ(), self+"="+filepath.Join(dir, "hub.db"), "GOMAXPROCS=1")
		out, err := cmd.StdoutPipe()
		if err != nil {
			return err
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }() // it serves until then
		line := make([]byte, 64)
		n, err := out.Read(line)
		if err != nil {
			return err
		}
		base, pid = strings.TrimSpace(string(line[:n])), cmd.Process.Pid
	}
	m := &measurement{base: base, pid: pid, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}}
	return m.all(raters, items, reads, clients)
}

type measurement struct {
	base string
	pid  int
	http *http.Client
}

func (m *measurement) do(method, path, key string, body, into any) error {
	var content io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		content, kind = bytes.NewReader(b), "application/zip"
	default:
		data, err := json.Marshal(b)
		if err != nil {
			return err
		}
		content = bytes.NewReader(data)
	}
	r, err := http.NewRequest(method, m.base+path, content)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", kind)
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	answer, err := m.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != 200 {
		err = fmt.Errorf("%s %s: %d %s", method, path, answer.StatusCode, data)
	}
	if err == nil && into != nil {
		err = json.Unmarshal(data, into)
	}
	return err
}

// all measures the routes one after the other.
func (m *measurement) all(raters, items, reads, clients int) error {
	word := "load " + strconv.FormatInt(time.Now().UnixNano(), 36)
	key := hubtest.Key(word)
	project := "/hub/projects/" + hub.NameOf("project", key)
	packed, err := archive.Pack(map[string][]byte{archive.ManifestName: []byte(`{"format":"dongyur-project","version":1,"name":"x"}`), "a.safetensors": make([]byte, 200_000)})
	if err != nil {
		return err
	}
	about := hub.ProjectAbout{Title: word, SourceLang: "bo", TargetLang: "zh", Task: "translate", Licence: "CC0-1.0", Published: true, Listed: true}
	if err := m.do("PUT", project, key, about, nil); err != nil {
		return err
	}
	if err := m.do("PUT", project+"/versions/1", key, packed, nil); err != nil {
		return err
	}
	for _, route := range []struct{ name, path, key string }{
		{"static page /vote (no Go)", "/vote", ""},
		{"short link (no Go at the edge)", "/s/" + hub.NameOf("project", key), ""},
		{"project", project, ""}, {"project, past any cache", project, key}, {"gallery", "/hub/gallery?language=bo", ""}, {"zip of 200 kB", project + "/versions/1", ""},
	} {
		n := reads
		if route.key != "" || strings.HasPrefix(route.name, "zip") {
			n /= 4
		}
		if m.do("GET", route.path, route.key, nil, nil) != nil && !strings.HasPrefix(route.path, "/hub/") {
			continue // served by the program beside the hub
		}
		if err := m.rate(route.name, n, clients, func(int) error { return m.do("GET", route.path, route.key, nil, nil) }); err != nil {
			return err
		}
	}
	return m.votes(word, raters, items)
}

// votes has all raters vote at once and counts what the hub kept.
func (m *measurement) votes(word string, raters, items int) error {
	asked := hubtest.Pairs(word, items)
	asked.MostRaters = raters
	campaign, owner := "/hub/campaigns/"+hub.NameOf("campaign", hubtest.Key(word)), hubtest.Key(word)
	if err := m.do("PUT", campaign, owner, asked, nil); err != nil {
		return err
	}
	keys := make([]string, raters)
	for i := range keys {
		keys[i] = hubtest.Key(fmt.Sprint(word, " rater ", i))
		if err := m.do("PUT", campaign+"/raters/"+hub.NameOf("rater", keys[i]), owner, map[string]string{"key": keys[i], "name": ""}, nil); err != nil {
			return err
		}
	}
	open := make([]hub.Voting, raters)
	if err := m.rate("first pair of each rater", raters, raters, func(i int) error { return m.do("POST", "/hub/vote/next", keys[i], nil, &open[i]) }); err != nil {
		return err
	}
	var given atomic.Int64
	var times []time.Duration
	var mutex sync.Mutex
	err := m.rate(fmt.Sprintf("votes of %d raters at once", raters), raters, raters, func(i int) error {
		for at := open[i]; at.Question != nil; given.Add(1) {
			v := vote.Unrated()
			v.Choice = vote.ChooseB
			start, q := time.Now(), at.Question
			at = hub.Voting{}
			if err := m.do("PUT", fmt.Sprint("/hub/vote/", q.Position), keys[i], map[string]any{"revision": q.Revision, "change": "load test", "vote": v}, &at); err != nil {
				return err
			}
			mutex.Lock()
			times = append(times, time.Since(start))
			mutex.Unlock()
		}
		return nil
	}, func() int { return int(given.Load()) })
	if err != nil {
		return err
	}
	slices.Sort(times)
	fmt.Printf("%-34s median %v, 99 %% %v\n", "  how long a vote took", times[len(times)/2].Round(time.Millisecond), times[len(times)*99/100].Round(time.Millisecond))
	var at hub.Campaign
	if err := m.do("GET", campaign, owner, nil, &at); err != nil {
		return err
	}
	if at.Votes != raters*items || given.Load() != int64(raters*items) {
		return fmt.Errorf("%d votes were given, the hub has %d, want %d", given.Load(), at.Votes, raters*items)
	}
	fmt.Printf("%-34s %d given, %d kept\n", "  votes", given.Load(), at.Votes)
	return nil
}

// rate does something n times, by so many clients at once. count, where it is given, says
// how many that were.
func (m *measurement) rate(name string, n, clients int, do func(i int) error, count ...func() int) error {
	var next atomic.Int64
	var failed atomic.Value
	var wait sync.WaitGroup
	before, start := m.processor(), time.Now()
	for range clients {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				if err := do(int(i) - 1); err != nil {
					failed.Store(err)
					return
				}
			}
		}()
	}
	wait.Wait()
	if err, ok := failed.Load().(error); ok {
		return err
	}
	if len(count) > 0 {
		n = count[0]()
	}
	took := time.Since(start)
	fmt.Printf("%-34s %8.0f a second", name, float64(n)/took.Seconds())
	if m.pid > 0 {
		fmt.Printf(", %6.2f ms of processor each", float64(m.processor()-before)/float64(n)/1e6)
	}
	fmt.Println()
	return nil
}

// processor is the time that the process has used, as Linux counts it, in ticks of 10 ms.
func (m *measurement) processor() time.Duration {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", m.pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}
