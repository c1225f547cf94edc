//go:build !js

package hub_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/dongyur/dongyur/core/hub"
	"github.com/dongyur/dongyur/core/hub/hubtest"
	"github.com/dongyur/dongyur/core/hub/sqlite"
	"github.com/dongyur/dongyur/core/vote"
)

var kills = flag.Int("kills", 12, "how often the hub is killed while raters vote")

// What TestMain serves when the test runs itself as the hub that is to be killed.
const (
	killFile    = "HUBTEST_DATABASE"
	killAddress = "HUBTEST_ADDRESS"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(killFile); path != "" {
		db, err := sqlite.Open(context.Background(), path)
		if err == nil {
			h := hub.New(hub.Config{DB: db, Files: hub.InDatabase{DB: db}})
			err = http.ListenAndServe(os.Getenv(killAddress), h)
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// killed is a hub that is killed, and started again, all the time.
type killed struct {
	t             *testing.T
	path, address string
	cmd           *exec.Cmd
}

func (k *killed) start() {
	self, err := os.Executable()
	if err != nil {
		k.t.Fatal(err)
	}
	k.cmd = exec.Command(self)
	k.cmd.Env = append(os.Environ(), killFile+"="+k.path, killAddress+"="+k.address)
	k.cmd.Stderr = os.Stderr
	if err := k.cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	for range 500 {
		if conn, err := net.Dial("tcp", k.address); err == nil {
			conn.Close()
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	k.t.Fatal("the hub did not start")
}

func (k *killed) kill() {
	_ = k.cmd.Process.Kill() // SIGKILL; it runs until this
	_ = k.cmd.Wait()         // it tells of the kill
}

// Raters vote, and send again whatever was not answered, while the hub is killed over
// and over: every vote is there, once.
func TestKilled(t *testing.T) {
	const raters = 8
	items := min(500, max(60, 5**kills)) // enough that the raters vote until the last kill
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k := &killed{t: t, path: filepath.Join(t.TempDir(), "hub.db"), address: listener.Addr().String()}
	listener.Close()
	k.start()
	c := &hubtest.Client{T: t, Base: "http://" + k.address}
	asked := hubtest.Pairs("killed", items)
	id := c.Campaign(asked)
	var keys []string
	for i := range raters {
		keys = append(keys, c.Rater(id, hubtest.Key("killed"), fmt.Sprint("rater ", i)))
	}
	answered := make([]map[int]string, raters)
	retries := make([]int, raters)
	var voting sync.WaitGroup
	for i, key := range keys {
		answered[i] = map[int]string{}
		voting.Add(1)
		go func() {
			defer voting.Done()
			retries[i] = voteThrough(t, c, key, answered[i])
		}()
	}
	over := make(chan struct{})
	go func() { voting.Wait(); close(over) }()
	done := 0
	for ; done < *kills; done++ {
		select {
		case <-over:
			t.Errorf("the raters were done after %d kills of %d", done, *kills)
		default:
		}
		time.Sleep(time.Duration(2+rand.IntN(40)) * time.Millisecond)
		k.kill()
		k.start()
	}
	select {
	case <-over:
	case <-time.After(3 * time.Minute):
		t.Fatal("the raters were not done in 3 minutes")
	}
	sent := 0
	for i, key := range keys {
		sent += retries[i]
		if len(answered[i]) != items {
			t.Errorf("rater %d gave %d votes, want %d", i, len(answered[i]), items)
		}
		for position, comment := range answered[i] {
			var q hub.Question
			c.Want(200, "GET", fmt.Sprint("/hub/vote/", position), key, nil, &q)
			if q.Vote == nil || q.Vote.Comment != comment || q.Revision != 1 {
				t.Errorf("rater %d, position %d: %+v, want %q at revision 1", i, position, q, comment)
			}
		}
	}
	var closed hub.Campaign
	c.Want(200, "POST", "/hub/campaigns/"+id+"/close", hubtest.Key("killed"), nil, &closed)
	if closed.Votes != raters*items || closed.Least != raters || closed.Results.Outcome.Pooled.N() != raters*items {
		t.Errorf("the hub has %d votes, counts %d; %d were given", closed.Votes, closed.Results.Outcome.Pooled.N(), raters*items)
	}
	k.kill()
	t.Logf("%d kills, %d votes of %d raters, %d requests sent again: none lost, none twice", done, raters*items, raters, sent)
}

// voteThrough votes on everything, whatever happens to the hub, and gives how many
// requests had to be sent again.
func voteThrough(t *testing.T, c *hubtest.Client, key string, answered map[int]string) (again int) {
	insist := func(method, path string, body any) (at hub.Voting) {
		for {
			answer, err := c.Try(method, path, key, body)
			if err == nil && answer.Status == 200 && json.Unmarshal(answer.Body, &at) == nil {
				return at
			}
			if err == nil && answer.Status < 500 {
				t.Errorf("%s %s: %d %s", method, path, answer.Status, answer.Body)
				return hub.Voting{}
			}
			again++
			time.Sleep(5 * time.Millisecond)
		}
	}
	at := insist("POST", "/hub/vote/next", nil)
	for at.Question != nil {
		position := at.Question.Position
		v := vote.Unrated()
		v.Choice, v.Comment = vote.ChooseA, fmt.Sprintf("%.8s %d", key, position)
		at = insist("PUT", fmt.Sprint("/hub/vote/", position), map[string]any{"revision": at.Question.Revision, "change": v.Comment, "vote": v})
		answered[position] = v.Comment
	}
	return again
}
