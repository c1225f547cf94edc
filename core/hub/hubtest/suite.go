package hubtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dongyur/dongyur/core/hub"
	"github.com/dongyur/dongyur/core/vote"
)

// Run tests the hub at an address, which holds nothing before.
func Run(t *testing.T, base string) {
	address := 0
	for _, test := range []struct {
		name string
		run  func(*Client)
	}{
		{"golden", golden},
		{"a project from publishing to deletion", project},
		{"versions", versions},
		{"the gallery", gallery},
		{"a campaign of 24 items and three raters", campaign},
		{"items are given out until each has its votes", dynamic},
		{"repeats and attention checks", care},
		{"a vote is changed and resumed elsewhere", resume},
		{"raters at once", crowd},
		{"a rater withdraws", withdraw},
		{"attack: guessed names", guessed},
		{"attack: foreign keys", foreign},
		{"attack: zips", zips},
		{"attack: markup in every field", markup},
		{"attack: SQL in every field", injection},
		{"attack: replay", replay},
		{"attack: vote stuffing", stuffing},
		{"attack: other origins", origins},
		{"attack: caches between raters", caches},
		{"attack: which is which before the end", blind},
		{"reports", reports},
		{"malformed requests", malformed},
	} {
		address++
		t.Run(test.name, func(t *testing.T) {
			test.run(&Client{T: t, Base: base, Address: fmt.Sprint("192.0.2.", address)})
		})
	}
}

func project(c *Client) {
	id := c.publish("tents")
	var p hub.Project
	c.Want(200, "GET", "/hub/projects/"+id, "", nil, &p)
	if p.Title != "tents" || p.SourceLang != "bo" || p.Licence != "CC-BY-4.0" || len(p.Versions) != 1 || p.Axes.Surface.After != 20.25 {
		c.T.Errorf("%+v", p)
	}
	for _, number := range []string{"0", "1"} {
		got := c.Want(200, "GET", "/hub/projects/"+id+"/versions/"+number, "", nil, nil)
		if string(got.Body) != string(packed(c.T, "tents")) || got.Header.Get("Content-Type") != "application/zip" {
			c.T.Errorf("version %s: %d bytes of %s", number, len(got.Body), got.Header.Get("Content-Type"))
		}
	}
	hidden := about("tents")
	hidden.Published = false
	c.Want(200, "PUT", "/hub/projects/"+id, Key("tents"), hidden, nil)
	private := "?fresh" // past the cache, which may keep what was public for a minute
	c.Want(404, "GET", "/hub/projects/"+id+private, "", nil, nil)
	c.Want(404, "GET", "/hub/projects/"+id+"/versions/1"+private, "", nil, nil)
	c.Want(200, "GET", "/hub/projects/"+id, Key("tents"), nil, nil)
	c.Want(200, "POST", "/hub/projects/"+id+"/key", Key("tents"), map[string]string{"key": Key("new tents")}, nil)
	c.Want(403, "PUT", "/hub/projects/"+id, Key("tents"), about("tents"), nil)
	c.Want(200, "PUT", "/hub/projects/"+id, Key("new tents"), about("tents"), nil)
	c.Want(200, "DELETE", "/hub/projects/"+id, Key("new tents"), nil, nil)
	c.Want(404, "GET", "/hub/projects/"+id+private+"2", "", nil, nil)
	c.Want(404, "GET", "/hub/projects/"+id+"/versions/1"+private+"2", "", nil, nil)
}

func versions(c *Client) {
	id := c.publish("v")
	put := func(number int, word string, want int) {
		c.T.Helper()
		c.Want(want, "PUT", fmt.Sprint("/hub/projects/", id, "/versions/", number), Key("v"), packed(c.T, word), nil)
	}
	put(3, "v3", 409)
	put(1, "other", 409)
	put(1, "v", 200) // the same once more
	for n := 2; n <= 12; n++ {
		put(n, fmt.Sprint("v", n), 200)
	}
	var p hub.Project
	c.Want(200, "GET", "/hub/projects/"+id, "", nil, &p)
	if len(p.Versions) != 10 || p.Versions[0].Number != 12 || p.Versions[9].Number != 3 {
		c.T.Errorf("%+v", p.Versions)
	}
	c.Want(404, "GET", "/hub/projects/"+id+"/versions/2", "", nil, nil)
	c.Want(200, "GET", "/hub/projects/"+id+"/versions/3", "", nil, nil)
}

func gallery(c *Client) {
	type page struct {
		Projects []hub.Project
		Next     string
	}
	put := func(word string, change func(*hub.ProjectAbout)) {
		a := about(word)
		change(&a)
		one := *c
		one.Address = "198.51.100." + strconv.Itoa(len(word)) + strconv.Itoa(one.next()%10)
		id := one.publish(word)
		c.Want(200, "PUT", "/hub/projects/"+id, Key(word), a, nil)
	}
	put("seen", func(a *hub.ProjectAbout) { a.TargetLang = "dz" })
	put("unlisted", func(a *hub.ProjectAbout) { a.TargetLang, a.Listed = "dz", false })
	put("unpublished", func(a *hub.ProjectAbout) { a.TargetLang, a.Published = "dz", false })
	put("headline", func(a *hub.ProjectAbout) { a.TargetLang, a.Task = "dz", "headline" })
	empty := about("empty")
	empty.TargetLang = "dz"
	c.Want(200, "PUT", "/hub/projects/"+hub.NameOf("project", Key("empty")), Key("empty"), empty, nil)
	titles := func(query string) (list []string) {
		var p page
		c.Want(200, "GET", "/hub/gallery"+query, "", nil, &p)
		for _, one := range p.Projects {
			list = append(list, one.Title)
		}
		return list
	}
	if got := titles("?language=dz&task=translate"); len(got) != 1 || got[0] != "seen" {
		c.T.Errorf("translations: %v", got)
	}
	if got := titles("?language=dz"); len(got) != 2 {
		c.T.Errorf("both tasks: %v", got)
	}
	for i := range 26 {
		put(fmt.Sprint("many ", i), func(a *hub.ProjectAbout) { a.SourceLang = "mn" })
	}
	seen := map[string]bool{}
	next := ""
	for range 2 {
		var p page
		c.Want(200, "GET", "/hub/gallery?language=mn"+next, "", nil, &p)
		for _, one := range p.Projects {
			seen[one.ID] = true
		}
		next = "&after=" + p.Next
	}
	if len(seen) != 26 || next != "&after=" {
		c.T.Errorf("%d projects in two pages, then %q", len(seen), next)
	}
}

// campaign is the issue's own: 24 items, three raters, one of whom leaves midway and
// comes back on another device.
func campaign(c *Client) {
	asked := Pairs("24 items", 24)
	id := c.Campaign(asked)
	owner := Key("24 items")
	var keys []string
	for _, word := range []string{"Dolma", "Tashi"} {
		keys = append(keys, c.Rater(id, owner, word))
	}
	third := Key("by the open link")
	c.Want(200, "PUT", "/hub/campaigns/"+id+"/raters/"+hub.NameOf("rater", third), Key("join 24 items"), map[string]string{"key": third, "name": ""}, nil)
	keys = append(keys, third)
	sides, first := 0, map[string]bool{}
	for _, key := range keys {
		var at hub.Voting
		c.Want(200, "POST", "/hub/vote/next", key, nil, &at)
		first[at.Question.Source] = true
		c.VoteAll(key, 11)
		c.Want(200, "GET", "/hub/vote", key, nil, &at)
		if at.Done != 11 || at.Total != 24 || at.Question == nil {
			c.T.Fatalf("midway: %+v", at)
		}
		if n := c.VoteAll(key, 99); n != 13 {
			c.T.Errorf("%d votes after coming back, want 13", n)
		}
	}
	c.Want(409, "GET", "/hub/campaigns/"+id+"/votes?format=jsonl", owner, nil, nil)
	var closed hub.Campaign
	c.Want(200, "POST", "/hub/campaigns/"+id+"/close", owner, nil, &closed)
	if closed.Votes != 72 || closed.Least != 3 || closed.Results == nil {
		c.T.Fatalf("%+v", closed)
	}
	if p := closed.Results.Outcome.Pooled; p.Win != 57 || p.Loss != 15 || closed.Results.Outcome.Alpha != 1 {
		c.T.Errorf("%+v", closed.Results.Outcome)
	}
	export := c.Want(200, "GET", "/hub/campaigns/"+id+"/votes?format=jsonl", owner, nil, nil)
	files, err := vote.Read(export.Body)
	if err != nil {
		c.T.Fatal(err)
	}
	if len(files) != 3 || files[0].Rater != "Dolma" && files[1].Rater != "Dolma" && files[2].Rater != "Dolma" {
		c.T.Errorf("%d files", len(files))
	}
	again, _ := json.Marshal(vote.Count(files))
	told, _ := json.Marshal(closed.Results.Outcome)
	if string(again) != string(told) {
		c.T.Errorf("counted from the file:\n%s\nfrom the hub:\n%s", again, told)
	}
	for _, f := range files {
		for _, row := range f.Pairs {
			if row.SystemA == "before" {
				sides++
			}
		}
	}
	if sides < 24 || sides > 48 {
		c.T.Errorf("of 72 pairs %d had the first system as A", sides)
	}
	tsv := c.Want(200, "GET", "/hub/campaigns/"+id+"/votes?format=tsv", owner, nil, nil)
	if lines := strings.Count(string(tsv.Body), "\n"); lines != 73 {
		c.T.Errorf("%d lines of TSV, want 73", lines)
	}
	var after hub.Voting
	c.Want(200, "GET", "/hub/vote", keys[0], nil, &after)
	if after.Own == nil || after.Own.File == nil || len(after.Own.File.Pairs) != 24 || after.Own.File.Pairs[0].SystemA == "" {
		c.T.Errorf("a rater is not told what was which: %+v", after)
	}
	c.Want(409, "PUT", "/hub/vote/0", keys[0], map[string]any{"revision": 1, "change": "too late", "vote": vote.Vote{Choice: "A", Ratings: vote.Unrated().Ratings}}, nil)
	c.Want(200, "DELETE", "/hub/campaigns/"+id, owner, nil, nil)
	c.Want(404, "GET", "/hub/vote", keys[0], nil, nil)
	c.Want(404, "GET", "/hub/campaigns/"+id, owner, nil, nil)
}

func dynamic(c *Client) {
	asked := Pairs("dynamic", 12)
	asked.PerItem, asked.PerRater = 2, 6
	id := c.Campaign(asked)
	total := 0
	for i := range 6 {
		n := c.VoteAll(c.Rater(id, Key("dynamic"), fmt.Sprint("dynamic ", i)), 99)
		if n > 6 {
			c.T.Errorf("rater %d was asked %d items, more than 6", i, n)
		}
		total += n
	}
	var at hub.Campaign
	c.Want(200, "GET", "/hub/campaigns/"+id, Key("dynamic"), nil, &at)
	if total != 24 || at.Votes != 24 || at.Least != 2 {
		c.T.Errorf("%d votes, the hub has %d, the item with fewest has %d", total, at.Votes, at.Least)
	}
}

func care(c *Client) {
	asked := Pairs("care", 12)
	asked.Repeats, asked.Checks = 3, 2
	id := c.Campaign(asked)
	key := c.Rater(id, Key("care"), "careful")
	if n := c.VoteAll(key, 99); n != 17 {
		c.T.Errorf("%d votes, want 12 + 3 + 2", n)
	}
	careless := c.Rater(id, Key("care"), "careless")
	var at hub.Voting
	c.Want(200, "POST", "/hub/vote/next", careless, nil, &at)
	for at.Question != nil {
		at = c.vote(careless, at.Question, vote.ChooseA, "always A")
	}
	var closed hub.Campaign
	c.Want(200, "POST", "/hub/campaigns/"+id+"/close", Key("care"), nil, &closed)
	want := []hub.Care{{Rater: "careful", ChecksPassed: 2, Checks: 2, RepeatsSame: 3, Repeats: 3}, {Rater: "careless", ChecksPassed: closed.Results.Care[1].ChecksPassed, Checks: 2, RepeatsSame: 0, Repeats: 3}}
	if closed.Results.Care[0].Rater != "careful" {
		want[0], want[1] = want[1], want[0]
		want[0].ChecksPassed = closed.Results.Care[0].ChecksPassed
	}
	if diff := cmp.Diff(want, closed.Results.Care); diff != "" {
		c.T.Errorf("care (-want +got):\n%s", diff)
	}
	if n := closed.Results.Outcome.Raters[0].N(); n != 12 {
		c.T.Errorf("%d votes are counted of a rater, want the 12 items", n)
	}
}

func resume(c *Client) {
	id := c.Campaign(Pairs("resume", 5))
	key := c.Rater(id, Key("resume"), "resumer")
	var at hub.Voting
	c.Want(200, "POST", "/hub/vote/next", key, nil, &at)
	first := *at.Question
	at = c.vote(key, &first, vote.ChooseTie, "first time")
	second := at.Question.Source
	var q hub.Question
	c.Want(200, "GET", "/hub/vote/0", key, nil, &q)
	if q.Vote == nil || q.Vote.Choice != vote.ChooseTie || q.Revision != 1 {
		c.T.Fatalf("%+v", q)
	}
	at = c.vote(key, &q, vote.ChooseB, "second thoughts")
	if at.Done != 1 || at.Question.Source != second {
		c.T.Errorf("after a change: %+v", at)
	}
	c.Want(200, "GET", "/hub/vote/0", key, nil, &q)
	if q.Vote.Choice != vote.ChooseB || q.Revision != 2 {
		c.T.Errorf("%+v", q)
	}
}

func crowd(c *Client) {
	const raters, items = 12, 8
	asked := Pairs("crowd", items)
	asked.PerItem = 3
	id := c.Campaign(asked)
	var wait sync.WaitGroup
	var mutex sync.Mutex
	total := 0
	for i := range raters {
		key := c.Rater(id, Key("crowd"), fmt.Sprint("crowd ", i))
		wait.Add(1)
		go func() {
			defer wait.Done()
			n := c.VoteAll(key, 99)
			mutex.Lock()
			total += n
			mutex.Unlock()
		}()
	}
	wait.Wait()
	var at hub.Campaign
	c.Want(200, "GET", "/hub/campaigns/"+id, Key("crowd"), nil, &at)
	if total != 3*items || at.Votes != total || at.Least != 3 {
		c.T.Errorf("%d votes were given, the hub has %d, the item with fewest has %d", total, at.Votes, at.Least)
	}
}

func withdraw(c *Client) {
	id := c.Campaign(Pairs("withdraw", 4))
	key := c.Rater(id, Key("withdraw"), "leaver")
	c.VoteAll(key, 3)
	c.Want(200, "DELETE", "/hub/vote", key, nil, nil)
	c.Want(404, "GET", "/hub/vote", key, nil, nil)
	var at hub.Campaign
	c.Want(200, "GET", "/hub/campaigns/"+id, Key("withdraw"), nil, &at)
	if at.Votes != 0 || len(at.Raters) != 0 {
		c.T.Errorf("%+v", at)
	}
	c.Want(http.StatusGone, "PUT", "/hub/campaigns/"+id+"/raters/"+hub.NameOf("rater", key), Key("withdraw"), map[string]string{"key": key, "name": "leaver"}, nil)
}
