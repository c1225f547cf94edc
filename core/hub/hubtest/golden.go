package hubtest

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/dongyur/dongyur/core/hub"
	"github.com/dongyur/dongyur/core/vote"
)

// goldenAnswers are what 50 requests get from every hub, byte for byte but for the time.
//
//go:embed testdata/golden.txt
var goldenAnswers string

// Update names a file that golden writes instead of comparing.
var Update string

var (
	times = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)
	tails = regexp.MustCompile(`"next":"\d+\.`)
)

// golden compares all of what 50 requests get: status, what caches and browsers are told,
// and every byte of the body.
func golden(c *Client) {
	var out bytes.Buffer
	n := 0
	ask := func(method, path, key string, body any, headers ...string) {
		answer := c.Do(method, path, key, body, headers...)
		n++
		text := string(answer.Body)
		if answer.Header.Get("Content-Type") == "application/zip" {
			text = fmt.Sprintf("%x\n", text)
		}
		text = tails.ReplaceAllString(times.ReplaceAllString(text, "TIME"), `"next":"SECONDS.`)
		fmt.Fprintf(&out, "%d %s %s\n%d", n, method, path, answer.Status)
		for _, name := range []string{"Content-Type", "Cache-Control", "Content-Security-Policy", "Content-Disposition", "Etag", "Cross-Origin-Resource-Policy", "X-Content-Type-Options", "Referrer-Policy"} {
			if value := answer.Header.Get(name); value != "" {
				fmt.Fprintf(&out, "\n%s: %s", name, value)
			}
		}
		fmt.Fprintf(&out, "\n%s\n", text)
	}
	key, other := Key("golden"), Key("golden other")
	project, campaign := hub.NameOf("project", key), hub.NameOf("campaign", key)
	path, votes := "/hub/projects/"+project, "/hub/campaigns/"+campaign
	asked := Pairs("golden", 4)
	asked.Repeats, asked.Checks, asked.PerItem = 1, 1, 2
	asked.Items[0].Example.Source = "<b>&བོད་\U0001F3D4"
	changed := about("Golden tents ༄༅ <&>")
	changed.Note = "Line one.\nLine two."
	ask("GET", "/hub/about", "", nil)
	ask("GET", path, "", nil)
	ask("PUT", path, "", about("x"))
	ask("PUT", path, other, about("x"))
	ask("PUT", path, key, about(""))
	ask("PUT", path, key, about("Golden"))
	ask("PUT", path, key, changed)
	ask("GET", path, "", nil)
	ask("GET", path, key, nil)
	ask("PUT", path+"/versions/2", key, packed(c.T, "golden"))
	ask("PUT", path+"/versions/1", key, []byte("no zip"))
	ask("PUT", path+"/versions/1", key, packed(c.T, "golden"))
	ask("PUT", path+"/versions/1", key, packed(c.T, "golden"))
	ask("GET", path+"/versions/1", "", nil)
	ask("GET", path+"/versions/0", "", nil)
	ask("GET", path+"/versions/1x", "", nil)
	ask("GET", path+"/versions/7", "", nil)
	ask("GET", path, "", nil, "X-Golden", "2")
	ask("GET", "/hub/gallery", "", nil)
	ask("GET", "/hub/gallery?language=bo&task=translate", "", nil)
	ask("GET", "/hub/gallery?language=b_o", "", nil)
	ask("GET", "/hub/gallery?after=x", "", nil)
	ask("POST", path+"/reports", "", map[string]string{"reason": ""})
	ask("POST", path+"/reports", "", map[string]string{"reason": "a test"})
	ask("POST", path+"/hide", other, map[string]bool{"hidden": true})
	ask("GET", "/hub/nothing", "", nil)
	ask("PATCH", path, key, nil)
	ask("PUT", votes, key, Pairs("golden", 0))
	ask("PUT", votes, key, asked)
	ask("GET", votes, key, nil)
	ask("GET", votes, other, nil)
	one, two := Key("golden one"), Key("golden two")
	ask("PUT", votes+"/raters/"+hub.NameOf("rater", one), key, map[string]string{"key": one, "name": "Dolma"})
	ask("PUT", votes+"/raters/"+hub.NameOf("rater", two), Key("join golden"), map[string]string{"key": two, "name": ""})
	ask("GET", "/hub/vote", one, nil)
	ask("POST", "/hub/vote/next", one, nil)
	v := vote.Unrated()
	v.Choice, v.Comment, v.Ratings = vote.ChooseA, "Good & <short>", [2][2]int{{90, 80}, {10, -1}}
	v.Spans = []vote.Span{{Side: 1, Start: 0, End: 1, Text: "旧", Category: "mistranslation"}}
	ask("PUT", "/hub/vote/0", one, map[string]any{"revision": 0, "change": "golden 1", "vote": v})
	ask("PUT", "/hub/vote/0", one, map[string]any{"revision": 0, "change": "golden 1", "vote": v})
	ask("PUT", "/hub/vote/0", one, map[string]any{"revision": 0, "change": "golden 2", "vote": v})
	ask("GET", "/hub/vote/0", one, nil)
	ask("PUT", "/hub/vote/1", one, map[string]any{"revision": 0, "change": "golden 3", "vote": vote.Vote{Choice: "C"}})
	c.VoteAll(one, 99)
	c.VoteAll(two, 99)
	ask("GET", "/hub/vote", one, nil)
	ask("GET", votes+"/votes?format=tsv", key, nil)
	ask("POST", votes+"/close", key, nil)
	ask("GET", votes+"/votes?format=tsv", key, nil)
	ask("GET", votes+"/votes?format=jsonl", key, nil)
	ask("GET", "/hub/vote", one, nil)
	ask("DELETE", "/hub/vote", two, nil)
	ask("POST", path+"/key", key, map[string]string{"key": "short"})
	ask("DELETE", path, key, nil)
	ask("GET", path, key, nil)
	if n != 50 {
		c.T.Fatalf("%d requests, want 50", n)
	}
	if Update != "" {
		if err := os.WriteFile(Update, out.Bytes(), 0o644); err != nil {
			c.T.Fatal(err)
		}
		return
	}
	got, want := strings.Split(out.String(), "\n"), strings.Split(goldenAnswers, "\n")
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			c.T.Fatalf("line %d of testdata/golden.txt:\n got %s\nwant %s", i+1, strings.Join(got[i:min(i+1, len(got))], ""), strings.Join(want[i:min(i+1, len(want))], ""))
		}
	}
}
