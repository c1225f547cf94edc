package hubtest

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/dongyur/dongyur/core/hub"
	"github.com/dongyur/dongyur/core/vote"
)

// guessed: names near a real one, and keys that were never drawn, open nothing.
func guessed(c *Client) {
	id := c.publish("secret tents")
	for i := range id {
		for _, letter := range "a2" {
			if near := id[:i] + string(letter) + id[i+1:]; near != id {
				c.Want(404, "GET", "/hub/projects/"+near, "", nil, nil)
			}
		}
	}
	for _, name := range []string{"", "x", id + "a", strings.ToUpper(id), "..", "%2e%2e", strings.Repeat("a", 5000)} {
		if got := c.Do("GET", "/hub/projects/"+name, "", nil); got.Status < 300 || got.Status >= 500 {
			c.T.Errorf("name %.20q: status %d", name, got.Status)
		}
	}
	limited := false
	for i := range 70 {
		got := c.Do("GET", "/hub/vote", Key(fmt.Sprint("a guess ", i)), nil)
		if limited = got.Status == 429; !limited && got.Status != 404 {
			c.T.Fatalf("a guessed rater's key: status %d", got.Status)
		}
	}
	if !limited {
		c.T.Error("70 guessed keys from one address were not slowed down")
	}
}

// foreign: what one owner may, another one may not.
func foreign(c *Client) {
	project := c.publish("mine")
	campaign := c.Campaign(Pairs("mine too", 3))
	rater := c.Rater(campaign, Key("mine too"), "my rater")
	other := c.Campaign(Pairs("theirs", 3))
	theirs := c.Rater(other, Key("theirs"), "their rater")
	c.VoteAll(rater, 1)
	body := map[string]string{"key": Key("stolen"), "name": "x"}
	raterPath := "/hub/campaigns/" + campaign + "/raters/"
	for _, key := range []string{"", Key("another"), Key("theirs"), rater, theirs, Key("join mine too"), "x", Key("mine") + "x"} {
		for _, request := range []struct {
			method, path string
			body         any
		}{
			{"PUT", "/hub/projects/" + project, about("stolen")},
			{"PUT", "/hub/projects/" + project + "/versions/2", packed(c.T, "stolen")},
			{"DELETE", "/hub/projects/" + project, nil},
			{"POST", "/hub/projects/" + project + "/key", body["key"]},
			{"POST", "/hub/projects/" + project + "/key", map[string]string{"key": Key("stolen")}},
			{"POST", "/hub/projects/" + project + "/hide", map[string]bool{"hidden": true}},
			{"GET", "/hub/reports", nil},
			{"GET", "/hub/campaigns/" + campaign, nil},
			{"PUT", "/hub/campaigns/" + campaign, Pairs("stolen", 2)},
			{"POST", "/hub/campaigns/" + campaign + "/close", nil},
			{"POST", "/hub/campaigns/" + campaign + "/key", map[string]string{"key": Key("stolen")}},
			{"GET", "/hub/campaigns/" + campaign + "/votes?format=jsonl", nil},
			{"DELETE", "/hub/campaigns/" + campaign, nil},
			{"DELETE", raterPath + hub.NameOf("rater", rater), nil},
			{"PUT", raterPath + hub.NameOf("rater", Key("stolen")), body},
			{"PUT", raterPath + hub.NameOf("rater", rater), map[string]string{"key": Key("stolen"), "name": "x"}},
		} {
			if key == Key("join mine too") && request.method == "PUT" && strings.HasPrefix(request.path, raterPath) {
				continue // that is what the open link is for
			}
			one := *c
			one.Address = fmt.Sprintf("198.51.%d.%d", len(key), c.next())
			if got := one.Do(request.method, request.path, key, request.body); got.Status != 401 && got.Status != 403 && got.Status != 400 && got.Status != 404 {
				c.T.Errorf("%s %s with a foreign key: status %d: %s", request.method, request.path, got.Status, got.Body)
			}
		}
	}
	c.Want(404, "GET", "/hub/vote/0", theirs, nil, nil) // of my rater's slots they have none
	var p hub.Project
	c.Want(200, "GET", "/hub/projects/"+project, Key("mine"), nil, &p)
	var at hub.Campaign
	c.Want(200, "GET", "/hub/campaigns/"+campaign, Key("mine too"), nil, &at)
	if p.Title != "mine" || len(p.Versions) != 1 || at.Closed != "" || len(at.Raters) != 1 || at.Votes != 1 {
		c.T.Errorf("something was changed: %+v, %+v", p, at)
	}
}

var counter int

// next is a number for an address that was not used yet.
func (c *Client) next() int { counter++; return counter % 250 }

// zips: what is too large, a bomb, or no project, is not stored.
func zips(c *Client) {
	id := hub.NameOf("project", Key("zips"))
	c.Want(200, "PUT", "/hub/projects/"+id, Key("zips"), about("zips"), nil)
	head := []byte(`{"format":"dongyur-project","version":1,"name":"x"}`)
	made := func(name string, content []byte) []byte {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for _, member := range []struct {
			name    string
			content []byte
		}{{"project.json", head}, {name, content}} {
			if f, err := w.Create(member.name); err == nil {
				_, _ = f.Write(member.content) // to memory
			}
		}
		_ = w.Close() // to memory
		return out.Bytes()
	}
	whole := packed(c.T, "zips")
	lying := made("a.json", bytes.Repeat([]byte("0"), 100_000))
	at := bytes.LastIndex(lying, []byte("PK\x01\x02"))
	copy(lying[at+24:], []byte{9, 0, 0, 0}) // the size in the directory
	for _, bad := range []struct {
		name   string
		data   []byte
		status int
	}{
		{"21 MB", make([]byte, 21<<20), 413},
		{"a bomb", made("bomb.json", make([]byte, 80<<20)), 422},
		{"a lie about a size", lying, 422},
		{"a way out", made("../../etc/x", nil), 422},
		{"a hidden file", made(".git/x", nil), 422},
		{"a Windows path", made(`a\b`, nil), 422},
		{"half", whole[:len(whole)/2], 422},
		{"a flipped bit", append(append(bytes.Clone(whole[:60]), whole[60]^1), whole[61:]...), 422},
		{"no zip", []byte("<html>"), 422},
		{"nothing", []byte{}, 422},
	} {
		if got := c.Do("PUT", "/hub/projects/"+id+"/versions/1", Key("zips"), bad.data); got.Status != bad.status {
			c.T.Errorf("%s: status %d, want %d: %s", bad.name, got.Status, bad.status, got.Body)
		}
	}
	c.Want(404, "GET", "/hub/projects/"+id+"/versions/1", "", nil, nil)
	c.Want(200, "PUT", "/hub/projects/"+id+"/versions/1", Key("zips"), whole, nil)
}

const nasty = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>&lt;` + "\u202e"

// markup: every field takes it as text, gives it back as it was, and no answer could be
// taken for a page.
func markup(c *Client) {
	word := "markup " + nasty
	a := about(word)
	a.Task, a.Licence, a.Note, a.Axes.Surface.Measure = nasty[:20], nasty[:60], nasty, nasty[:50]
	id := hub.NameOf("project", Key(word))
	asked := Pairs(word, 2)
	asked.Instructions, asked.Task = nasty, nasty[:20]
	asked.Systems[0].Name = nasty
	asked.Items[0].Example.Source, asked.Items[0].Answers[0] = nasty, nasty
	check := func(answer Answer, want ...string) {
		c.T.Helper()
		if answer.Status != 200 {
			c.T.Fatalf("status %d: %s", answer.Status, answer.Body)
		}
		kind, policy := answer.Header.Get("Content-Type"), answer.Header.Get("Content-Security-Policy")
		if strings.Contains(kind, "html") || strings.ContainsAny(string(answer.Body), "<>") && kind == "application/json" ||
			answer.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(policy, "default-src 'none'") {
			c.T.Errorf("%s, %s: %s", kind, policy, answer.Body)
		}
		var all any
		_ = json.Unmarshal(answer.Body, &all) // what is no JSON holds none of want
		flat := fmt.Sprint(all)
		for _, w := range want {
			if !strings.Contains(flat, w) {
				c.T.Errorf("%q did not come back in %s", w, flat)
			}
		}
	}
	check(c.Do("PUT", "/hub/projects/"+id, Key(word), a), word, nasty[:60], nasty)
	check(c.Do("PUT", "/hub/projects/"+id+"/versions/1", Key(word), packed(c.T, "markup")))
	check(c.Do("GET", "/hub/projects/"+id, "", nil), word, nasty[:60], nasty)
	check(c.Do("GET", "/hub/gallery?task="+url.QueryEscape(nasty[:20]), "", nil), word)
	check(c.Do("POST", "/hub/projects/"+id+"/reports", "", map[string]string{"reason": nasty}))
	campaign := c.Campaign(asked)
	key := Key("nasty rater")
	check(c.Do("PUT", "/hub/campaigns/"+campaign+"/raters/"+hub.NameOf("rater", key), Key(word), map[string]string{"key": key, "name": nasty[:60]}), nasty[:60])
	var at hub.Voting
	next := c.Do("POST", "/hub/vote/next", key, nil)
	check(next, nasty)
	if err := json.Unmarshal(next.Body, &at); err != nil {
		c.T.Fatal(err)
	}
	v := vote.Unrated()
	v.Choice, v.Comment = vote.ChooseA, nasty
	v.Spans = []vote.Span{{Side: 0, Start: 0, End: 1, Text: nasty, Category: nasty[:30]}}
	check(c.Do("PUT", "/hub/vote/0", key, map[string]any{"revision": 0, "change": "nasty vote", "vote": v}))
	check(c.Do("GET", "/hub/vote/0", key, nil), nasty)
	c.VoteAll(key, 9)
	check(c.Do("POST", "/hub/campaigns/"+campaign+"/close", Key(word), nil), nasty)
	for _, format := range []string{"jsonl", "tsv"} {
		export := c.Do("GET", "/hub/campaigns/"+campaign+"/votes?format="+format, Key(word), nil)
		check(export)
		if !strings.HasPrefix(export.Header.Get("Content-Disposition"), "attachment") {
			c.T.Errorf("%s is not offered as a file", format)
		}
	}
	check(c.Do("GET", "/hub/vote", key, nil), nasty)
	if got := c.Do("GET", "/hub/"+url.PathEscape(nasty), "", nil); strings.ContainsAny(string(got.Body), "<>") || got.Header.Get("Content-Type") != "application/json" {
		c.T.Errorf("an unknown path is told as %s: %s", got.Header.Get("Content-Type"), got.Body)
	}
}

// injection: what would be SQL stays text.
func injection(c *Client) {
	const drop = `'); DROP TABLE project; DELETE FROM slot; --`
	a := about("injection" + drop)
	a.Note, a.Licence, a.Task = drop, drop, drop[:30]
	id := hub.NameOf("project", Key("injection"))
	c.Want(200, "PUT", "/hub/projects/"+id, Key("injection"), a, nil)
	c.Want(200, "PUT", "/hub/projects/"+id+"/versions/1", Key("injection"), packed(c.T, "injection"), nil)
	for _, path := range []string{"/hub/gallery?language=bo'--", "/hub/gallery?task=" + url.QueryEscape(drop), "/hub/gallery?after=1.'--", "/hub/gallery?after=" + url.QueryEscape("1 OR 1=1.aaaaaaaaaaaaaaaa"),
		"/hub/projects/" + url.PathEscape("aaaaaaaaaaaaaaa'"), "/hub/projects/" + id + "/versions/" + url.PathEscape("1 OR 1=1"), "/hub/vote/" + url.PathEscape("0 OR 1=1")} {
		if got := c.Do("GET", path, "", nil); got.Status >= 500 || got.Status == 200 && strings.Contains(string(got.Body), `"title"`) {
			c.T.Errorf("%s: status %d: %s", path, got.Status, got.Body)
		}
	}
	asked := Pairs("injection", 2)
	asked.Instructions, asked.Items[0].Example.Source = drop, drop
	campaign := c.Campaign(asked)
	c.VoteAll(c.Rater(campaign, Key("injection"), drop), 2)
	var p hub.Project
	c.Want(200, "GET", "/hub/projects/"+id, "", nil, &p)
	var at hub.Campaign
	c.Want(200, "GET", "/hub/campaigns/"+campaign, Key("injection"), nil, &at)
	if p.Note != drop || at.Votes != 2 || at.Raters[0].Name != drop {
		c.T.Errorf("%+v, %+v", p, at)
	}
}

// replay: what is sent again does nothing again, and what comes late nothing at all.
func replay(c *Client) {
	id := c.publish("replay")
	c.publish("replay")
	var p hub.Project
	c.Want(200, "GET", "/hub/projects/"+id, Key("replay"), nil, &p)
	if len(p.Versions) != 1 {
		c.T.Errorf("published twice: %d versions", len(p.Versions))
	}
	rotate := map[string]string{"key": Key("replay 2")}
	c.Want(200, "POST", "/hub/projects/"+id+"/key", Key("replay"), rotate, nil)
	c.Want(200, "POST", "/hub/projects/"+id+"/key", Key("replay"), rotate, nil)
	c.Want(403, "POST", "/hub/projects/"+id+"/key", Key("replay"), map[string]string{"key": Key("replay 3")}, nil)
	c.Want(403, "DELETE", "/hub/projects/"+id, Key("replay"), nil, nil)
	c.Want(200, "DELETE", "/hub/projects/"+id, Key("replay 2"), nil, nil)
	c.Want(410, "PUT", "/hub/projects/"+id, Key("replay"), about("replay"), nil)

	campaign := c.Campaign(Pairs("replay", 4))
	c.Campaign(Pairs("replay", 4))
	key := c.Rater(campaign, Key("replay"), "replayer")
	var at hub.Voting
	c.Want(200, "POST", "/hub/vote/next", key, nil, &at)
	c.Want(200, "POST", "/hub/vote/next", key, nil, &at)
	first := *at.Question
	send := func(choice vote.Choice, revision int, change string) Answer {
		v := vote.Unrated()
		v.Choice = choice
		return c.Do("PUT", "/hub/vote/0", key, map[string]any{"revision": revision, "change": change, "vote": v})
	}
	one, two := send(vote.ChooseA, 0, "the first"), send(vote.ChooseA, 0, "the first")
	if one.Status != 200 || string(one.Body) != string(two.Body) {
		c.T.Errorf("the same vote twice: %d %s, then %d %s", one.Status, one.Body, two.Status, two.Body)
	}
	if got := send(vote.ChooseB, 1, "the second"); got.Status != 200 {
		c.T.Errorf("a change: %d", got.Status)
	}
	if got := send(vote.ChooseA, 0, "the first"); got.Status != 409 {
		c.T.Errorf("the first vote, sent once more after a change: %d", got.Status)
	}
	var q hub.Question
	c.Want(200, "GET", "/hub/vote/0", key, nil, &q)
	if q.Vote.Choice != vote.ChooseB || q.Source != first.Source {
		c.T.Errorf("%+v", q)
	}
	var owner hub.Campaign
	c.Want(200, "GET", "/hub/campaigns/"+campaign, Key("replay"), nil, &owner)
	if owner.Votes != 1 || len(owner.Raters) != 1 {
		c.T.Errorf("%+v", owner)
	}
	c.Want(200, "DELETE", "/hub/campaigns/"+campaign, Key("replay"), nil, nil)
	c.Want(410, "PUT", "/hub/campaigns/"+campaign, Key("replay"), Pairs("replay", 4), nil)
}

// stuffing: nobody votes more than once an item, on what was not asked, or as more raters
// than the campaign takes.
func stuffing(c *Client) {
	asked := Pairs("stuffing", 3)
	asked.MostRaters = 4
	id := c.Campaign(asked)
	for i := range 4 {
		key := c.Rater(id, Key("join stuffing"), fmt.Sprint("stuffer ", i))
		if n := c.VoteAll(key, 99); n != 3 {
			c.T.Errorf("%d votes on 3 items", n)
		}
		v := vote.Unrated()
		v.Choice = vote.ChooseA
		for _, position := range []int{3, 4, 999} {
			if got := c.Do("PUT", fmt.Sprint("/hub/vote/", position), key, map[string]any{"revision": 0, "change": "stuffed", "vote": v}); got.Status != 404 {
				c.T.Errorf("a vote on what was not asked: status %d", got.Status)
			}
		}
	}
	key := Key("one too many")
	c.Want(409, "PUT", "/hub/campaigns/"+id+"/raters/"+hub.NameOf("rater", key), Key("join stuffing"), map[string]string{"key": key, "name": ""}, nil)
	var at hub.Campaign
	c.Want(200, "GET", "/hub/campaigns/"+id, Key("stuffing"), nil, &at)
	if at.Votes != 12 || len(at.Raters) != 4 {
		c.T.Errorf("%d votes of %d raters", at.Votes, len(at.Raters))
	}
	c.Want(200, "DELETE", "/hub/campaigns/"+id+"/raters/"+at.Raters[0].ID, Key("stuffing"), nil, nil)
	c.Want(200, "GET", "/hub/campaigns/"+id, Key("stuffing"), nil, &at)
	if at.Votes != 9 || len(at.Raters) != 3 {
		c.T.Errorf("after taking one away: %d votes of %d raters", at.Votes, len(at.Raters))
	}
	made := 0
	for i := range 60 {
		word := fmt.Sprint("flood ", i)
		if c.Do("PUT", "/hub/projects/"+hub.NameOf("project", Key(word)), Key(word), about(word)).Status == 200 {
			made++
		}
	}
	if made >= hub.DefaultLimits.Publishes {
		c.T.Errorf("one address made %d projects in an hour", made)
	}
}

// origins: a page elsewhere can neither change nor read anything.
func origins(c *Client) {
	id := hub.NameOf("project", Key("origins"))
	for _, headers := range [][]string{{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site", "Origin", "https://evil.example"}} {
		got := c.Do("PUT", "/hub/projects/"+id, Key("origins"), about("origins"), headers...)
		if got.Status != 403 {
			c.T.Errorf("%v: status %d", headers, got.Status)
		}
	}
	for _, method := range []string{"GET", "OPTIONS", "PUT"} {
		got := c.Do(method, "/hub/about", "", nil, "Origin", "https://evil.example", "Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", "authorization")
		for name := range got.Header {
			if strings.HasPrefix(name, "Access-Control-") {
				c.T.Errorf("%s is answered with %s", method, name)
			}
		}
		if got.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
			c.T.Errorf("%s: other pages may embed the answer", method)
		}
	}
	// What a form can send without asking is no JSON.
	got := c.Do("POST", "/hub/projects/"+id+"/reports", "", map[string]string{"reason": "x"}, "Content-Type", "text/plain")
	if got.Status != 415 {
		c.T.Errorf("a form's content type: status %d", got.Status)
	}
}

// caches: what is one rater's is never kept, and what everyone may read does not depend
// on who asks.
func caches(c *Client) {
	id := c.Campaign(Pairs("caches", 6))
	one, two := c.Rater(id, Key("caches"), "cached one"), c.Rater(id, Key("caches"), "cached two")
	c.VoteAll(one, 2)
	for range 2 {
		for key, name := range map[string]string{one: "cached one", two: "cached two"} {
			var at hub.Voting
			got := c.Want(200, "GET", "/hub/vote", key, nil, &at)
			if at.Name != name || got.Header.Get("Cache-Control") != "no-store" {
				c.T.Errorf("%s gets what is %s's, %s", name, at.Name, got.Header.Get("Cache-Control"))
			}
		}
		if got := c.Do("GET", "/hub/vote", "", nil); got.Status != 401 || got.Header.Get("Cache-Control") != "no-store" {
			c.T.Errorf("without a key: %d, %s", got.Status, got.Header.Get("Cache-Control"))
		}
	}
	project := c.publish("cached")
	path := "/hub/projects/" + project
	owner := c.Want(200, "GET", path, Key("cached"), nil, nil)
	if owner.Header.Get("Cache-Control") != "no-store" {
		c.T.Errorf("the owner's view: %s", owner.Header.Get("Cache-Control"))
	}
	public := c.Do("GET", path, "", nil, "X-Forwarded-Host", "evil.example", "X-Original-URL", "/hub/reports", "X-HTTP-Method-Override", "DELETE")
	if again := c.Want(200, "GET", path, "", nil, nil); string(again.Body) != string(public.Body) || again.Header.Get("Cache-Control") != "public, max-age=60" {
		c.T.Errorf("%s: %s, then %s", again.Header.Get("Cache-Control"), public.Body, again.Body)
	}
	missing := "/hub/projects/" + hub.NameOf("project", Key("not yet"))
	if got := c.Want(404, "GET", missing, "", nil, nil); got.Header.Get("Cache-Control") != "no-store" {
		c.T.Errorf("an error is kept: %s", got.Header.Get("Cache-Control"))
	}
	c.publish("not yet")
	c.Want(200, "GET", missing, "", nil, nil)
}

// blind: nothing that a rater or the owner gets before the end tells of systems.
func blind(c *Client) {
	asked := Pairs("blind", 8)
	asked.Repeats, asked.Checks = 2, 1
	id := c.Campaign(asked)
	key := c.Rater(id, Key("blind"), "blinded")
	var bodies []string
	var at hub.Voting
	got := c.Want(200, "POST", "/hub/vote/next", key, nil, &at)
	for at.Question != nil {
		bodies = append(bodies, string(got.Body)+fmt.Sprint(got.Header))
		v, position := vote.Unrated(), at.Question.Position
		v.Choice = choose(at.Question)
		got = c.Want(200, "PUT", fmt.Sprint("/hub/vote/", position), key, map[string]any{"revision": at.Question.Revision, "change": "a change", "vote": v}, nil)
		at = hub.Voting{}
		if err := json.Unmarshal(got.Body, &at); err != nil {
			c.T.Fatal(err)
		}
		shown := c.Want(200, "GET", fmt.Sprint("/hub/vote/", position), key, nil, nil)
		bodies = append(bodies, string(shown.Body)+fmt.Sprint(shown.Header))
	}
	bodies = append(bodies, string(c.Want(200, "GET", "/hub/vote", key, nil, nil).Body))
	for _, body := range bodies {
		for _, word := range []string{"run 7", "before", "nano", "grpo", "feed", "flipped", "kind", "check", "repeat", "system", "pair", "seed", "line "} {
			if strings.Contains(body, word) {
				c.T.Fatalf("a rater is told %q: %s", word, body)
			}
		}
	}
	var owner map[string]any
	c.Want(200, "GET", "/hub/campaigns/"+id, Key("blind"), nil, &owner)
	if owner["results"] != nil || strings.Contains(fmt.Sprint(owner), "preferred") {
		c.T.Errorf("the owner is told before the end: %v", owner)
	}
	c.Want(409, "GET", "/hub/campaigns/"+id+"/votes?format=tsv", Key("blind"), nil, nil)
}

// reports: three from different addresses take a project out of the gallery.
func reports(c *Client) {
	a := about("reported")
	a.TargetLang = "lb"
	id := c.publish("reported")
	c.Want(200, "PUT", "/hub/projects/"+id, Key("reported"), a, nil)
	listed := func(fresh string) bool {
		return strings.Contains(string(c.Want(200, "GET", "/hub/gallery?language=lb&task="+fresh, "", nil, nil).Body), id)
	}
	say := func(address string) {
		other := *c
		other.Address = address
		other.Want(200, "POST", "/hub/projects/"+id+"/reports", "", map[string]string{"reason": "not theirs"}, nil)
	}
	for range 5 {
		say("203.0.113.1")
	}
	say("203.0.113.2")
	if !listed("translate") {
		c.T.Error("two who report hide a project")
	}
	say("203.0.113.3")
	if listed("") {
		c.T.Error("three who report do not hide a project from the gallery")
	}
	c.Want(200, "GET", "/hub/projects/"+id, "", nil, nil) // who has the link still opens it
}

// malformed: each bad request gets one error that says what is wrong, and changes nothing.
func malformed(c *Client) {
	id := hub.NameOf("project", Key("malformed"))
	path := "/hub/projects/" + id
	for _, bad := range []struct {
		name   string
		body   any
		status int
		want   string
	}{
		{"no title", hub.ProjectAbout{SourceLang: "bo"}, 400, "title"},
		{"a long title", about(strings.Repeat("x", 201)), 400, "201 characters"},
		{"a control character", about("a\x00b"), 400, "U+0000"},
		{"no language", func() hub.ProjectAbout { a := about("x"); a.SourceLang = "b o"; return a }(), 400, "source_lang"},
		{"no licence", func() hub.ProjectAbout { a := about("x"); a.Licence = ""; return a }(), 400, "licence"},
		{"another field", map[string]any{"title": "x", "admin": true}, 400, "admin"},
		{"a list", []int{1}, 400, "JSON"},
		{"much", map[string]string{"title": strings.Repeat("x", 70_000)}, 413, "64 KB"},
		{"a number out of range", func() hub.ProjectAbout {
			a := about("x")
			a.Axes.Meaning = &hub.Axis{Measure: "similarity", After: 1e300}
			return a
		}(), 400, "axes"},
	} {
		got := c.Do("PUT", path, Key("malformed"), bad.body)
		if got.Status != bad.status || !strings.Contains(string(got.Body), bad.want) {
			c.T.Errorf("%s: %d %s, want %d and %q", bad.name, got.Status, got.Body, bad.status, bad.want)
		}
	}
	for name, change := range map[string]func(*hub.NewCampaign){
		"no items":         func(n *hub.NewCampaign) { n.Items = nil },
		"equal answers":    func(n *hub.NewCampaign) { n.Items[0].Answers[1] = n.Items[0].Answers[0] },
		"an item twice":    func(n *hub.NewCampaign) { n.Items[1] = n.Items[0] },
		"one system twice": func(n *hub.NewCampaign) { n.Systems[1].Name = n.Systems[0].Name },
		"a short key":      func(n *hub.NewCampaign) { n.JoinKey = "abc" },
		"many days":        func(n *hub.NewCampaign) { n.Days = 4000 },
		"long text":        func(n *hub.NewCampaign) { n.Items[0].Example.Source = strings.Repeat("ཀ", 4001) },
	} {
		asked := Pairs("malformed", 2)
		change(&asked)
		if got := c.Do("PUT", "/hub/campaigns/"+hub.NameOf("campaign", Key("malformed")), Key("malformed"), asked); got.Status != 400 {
			c.T.Errorf("%s: status %d: %s", name, got.Status, got.Body)
		}
	}
	c.Want(404, "GET", path, Key("malformed"), nil, nil)
	c.Want(404, "GET", "/hub/campaigns/"+hub.NameOf("campaign", Key("malformed")), Key("malformed"), nil, nil)
}
