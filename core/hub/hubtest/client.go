// Package hubtest tests a hub from outside, as browsers and attackers see it.
//
// Input: the address of a hub that holds nothing. Output: a test's verdict. core/hub runs
// it over SQLite and wasm/edge over workerd, so that both keep the same promises and give
// the same bytes.
package hubtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/dongyur/dongyur/core/archive"
	"github.com/dongyur/dongyur/core/hub"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/vote"
)

// AddressHeader names the client's address to the hub under test, as Cloudflare does.
const AddressHeader = "CF-Connecting-IP"

// Client is one visitor of a hub.
type Client struct {
	T       testing.TB
	Base    string
	Address string
}

// Answer is what the hub said.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Key is a key that a test knows by a word.
func Key(word string) string {
	sum := sha256.Sum256([]byte("hubtest " + word))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Do sends a request. A body that is no []byte goes as JSON; headers are names and values.
func (c *Client) Do(method, path, key string, body any, headers ...string) Answer {
	c.T.Helper()
	answer, err := c.Try(method, path, key, body, headers...)
	if err != nil {
		c.T.Fatalf("%s %s: %v", method, path, err)
	}
	return answer
}

// Try is Do for a hub that may not answer.
func (c *Client) Try(method, path, key string, body any, headers ...string) (Answer, error) {
	var content io.Reader
	kind := ""
	switch b := body.(type) {
	case nil:
	case []byte:
		content, kind = bytes.NewReader(b), "application/zip"
	default:
		data, err := json.Marshal(b)
		if err != nil {
			return Answer{}, err
		}
		content, kind = bytes.NewReader(data), "application/json"
	}
	r, err := http.NewRequest(method, c.Base+path, content)
	if err != nil {
		return Answer{}, err
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	if c.Address != "" {
		r.Header.Set(AddressHeader, c.Address)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	return Answer{response.StatusCode, response.Header, data}, err
}

// Want is Do for a request that must be answered with a status; into takes its JSON.
func (c *Client) Want(status int, method, path, key string, body, into any) Answer {
	c.T.Helper()
	answer := c.Do(method, path, key, body)
	if answer.Status != status {
		c.T.Fatalf("%s %s: status %d, want %d: %s", method, path, answer.Status, status, answer.Body)
	}
	if into != nil {
		if err := json.Unmarshal(answer.Body, into); err != nil {
			c.T.Fatalf("%s %s: %v in %s", method, path, err, answer.Body)
		}
	}
	return answer
}

// about is a project's description.
func about(title string) hub.ProjectAbout {
	return hub.ProjectAbout{Title: title, SourceLang: "bo", TargetLang: "zh", Task: "translate", Licence: "CC-BY-4.0", Published: true, Listed: true,
		Axes: hub.Axes{Surface: &hub.Axis{Measure: "chrF++", Before: 12.5, After: 20.25}}}
}

// packed is a project's zip that differs by a word.
func packed(t testing.TB, word string) []byte {
	t.Helper()
	data, err := archive.Pack(map[string][]byte{
		archive.ManifestName: []byte(`{"format":"dongyur-project","version":1,"name":"` + word + `"}`),
		"examples.json":      []byte(`{"name":"` + word + `","rows":[{"id":"1","source":"ཁྱི་ཞིག","reference":"一只狗"}]}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// publish makes a project with one version and gives its name.
func (c *Client) publish(word string) string {
	c.T.Helper()
	id := hub.NameOf("project", Key(word))
	c.Want(200, "PUT", "/hub/projects/"+id, Key(word), about(word), nil)
	c.Want(200, "PUT", "/hub/projects/"+id+"/versions/1", Key(word), packed(c.T, word), nil)
	return id
}

// Pairs is a campaign of n items with two systems.
func Pairs(title string, n int) hub.NewCampaign {
	c := hub.NewCampaign{Title: title, Instructions: "Choose the better translation.", SourceLang: "bo", TargetLang: "zh", Task: "translate",
		Systems: [2]vote.System{{Name: "before", Model: "nano"}, {Name: "run 7", Model: "nano", Run: 7, Method: "grpo", AdapterHash: "feed"}}, JoinKey: Key("join " + title)}
	for i := range n {
		c.Items = append(c.Items, hub.NewItem{
			Example: task.Example{ID: fmt.Sprint("line ", i), Task: "translate", Source: fmt.Sprint("གཞུང་", i), Reference: fmt.Sprint("参考", i), SourceLang: "bo", TargetLang: "zh"},
			Answers: [2]string{fmt.Sprint("旧", i), fmt.Sprint("新", i)},
		})
	}
	return c
}

// Campaign makes a campaign and gives its name; the owner's key is Key(title).
func (c *Client) Campaign(asked hub.NewCampaign) string {
	c.T.Helper()
	id := hub.NameOf("campaign", Key(asked.Title))
	c.Want(200, "PUT", "/hub/campaigns/"+id, Key(asked.Title), asked, nil)
	return id
}

// Rater makes a rater's link with the owner's key.
func (c *Client) Rater(campaign, ownerKey, word string) string {
	c.T.Helper()
	key := Key(word)
	c.Want(200, "PUT", "/hub/campaigns/"+campaign+"/raters/"+hub.NameOf("rater", key), ownerKey, map[string]string{"key": key, "name": word}, nil)
	return key
}

// choose is how the suite's raters vote: for run 7 unless the line's number divides by
// five, told by the texts alone, as raters do.
func choose(q *hub.Question) vote.Choice {
	var line int
	better, text := "新", q.A
	if _, err := fmt.Sscanf(text[len("新"):], "%d", &line); err != nil {
		line = 1 // of an attention check
	}
	if line%5 == 0 {
		better = "旧"
	}
	if len(text) > 6 && text[:6] == "参考" { // of an attention check: the reference of its own line
		var source, answer int
		_, _ = fmt.Sscanf(q.Source[len("གཞུང་"):], "%d", &source)
		_, _ = fmt.Sscanf(text[6:], "%d", &answer)
		if source == answer {
			return vote.ChooseA
		}
		return vote.ChooseB
	}
	if text[:3] == better {
		return vote.ChooseA
	}
	return vote.ChooseB
}

// vote answers a question and gives what the hub says then.
func (c *Client) vote(key string, q *hub.Question, choice vote.Choice, change string) hub.Voting {
	c.T.Helper()
	var next hub.Voting
	v := vote.Unrated()
	v.Choice, v.Ratings[0][vote.AdequacyOf] = choice, 70
	c.Want(200, "PUT", fmt.Sprint("/hub/vote/", q.Position), key, map[string]any{"revision": q.Revision, "change": change, "vote": v}, &next)
	return next
}

// VoteAll votes until nothing is left to ask, or a number of times, and gives how many
// votes that were.
func (c *Client) VoteAll(key string, most int) int {
	c.T.Helper()
	var at hub.Voting
	c.Want(200, "POST", "/hub/vote/next", key, nil, &at)
	n := 0
	for at.Question != nil && n < most {
		q := at.Question
		at = c.vote(key, q, choose(q), fmt.Sprint("change ", q.Position))
		n++
	}
	return n
}
