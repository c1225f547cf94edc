package hub

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"

	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/vote"
)

// maxCampaign bounds a campaign's JSON in bytes: D1 takes no value of more than 2 MB.
const maxCampaign = 1 << 20

// NewCampaign is what its owner asks: the same pairs, blind, of everyone who has a link.
type NewCampaign struct {
	Title        string         `json:"title"`
	Instructions string         `json:"instructions"`
	SourceLang   string         `json:"source_lang"`
	TargetLang   string         `json:"target_lang"`
	Task         string         `json:"task"`
	Systems      [2]vote.System `json:"systems"`
	Identical    int            `json:"identical"` // lines left out, as both systems say the same
	Items        []NewItem      `json:"items"`
	PerItem      int            `json:"per_item"`    // votes wanted for each item; 0: one of every rater
	PerRater     int            `json:"per_rater"`   // items that one rater is asked; 0: all
	Repeats      int            `json:"repeats"`     // items that each rater is asked twice
	Checks       int            `json:"checks"`      // pairs with a plainly wrong answer
	MostRaters   int            `json:"most_raters"` // 0: 20
	Days         int            `json:"days"`        // until it is deleted; 0: 90
	JoinKey      string         `json:"join_key"`    // of a link that anyone may vote with; "": personal links only
}

// NewItem is an example and both systems' answers to it.
type NewItem struct {
	Example task.Example `json:"example"`
	Answers [2]string    `json:"answers"` // by system
}

const (
	usualRaters = 20
	usualDays   = 90
	maxText     = 4000 // characters of a source or an answer
)

func (c *NewCampaign) check(limits Limits) error {
	c.MostRaters, c.Days = cmp.Or(c.MostRaters, usualRaters), cmp.Or(c.Days, usualDays)
	for _, err := range []error{
		text("title", c.Title, 1, 200), text("instructions", c.Instructions, 0, 4000), tag("source_lang", c.SourceLang),
		tag("target_lang", c.TargetLang), text("task", c.Task, 1, 40),
		between("items", len(c.Items), 1, limits.Items), between("per_item", c.PerItem, 0, limits.Raters),
		between("per_rater", c.PerRater, 0, limits.Items), between("repeats", c.Repeats, 0, len(c.Items)),
		between("checks", c.Checks, 0, 20), between("most_raters", c.MostRaters, 1, limits.Raters),
		between("days", c.Days, 1, limits.VoteDays), between("identical", c.Identical, 0, 1_000_000),
	} {
		if err != nil {
			return err
		}
	}
	if c.JoinKey != "" && !isKey(c.JoinKey) {
		return failf(http.StatusBadRequest, "join_key: give %d random bytes as base64url.", keySize)
	}
	for i, s := range c.Systems {
		for _, said := range []string{s.Name, s.Model, s.Method, s.ModelHash, s.AdapterHash} {
			if err := text("systems", said, 0, 200); err != nil {
				return err
			}
		}
		if s.Name == "" || i == 1 && s.Name == c.Systems[0].Name {
			return failf(http.StatusBadRequest, "systems: give two names that differ.")
		}
	}
	return c.checkItems()
}

func (c *NewCampaign) checkItems() error {
	seen := map[string]bool{}
	for _, item := range c.Items {
		for _, err := range []error{
			text("source", item.Example.Source, 1, maxText), text("reference", item.Example.Reference, 0, maxText),
			text("answers", item.Answers[0], 0, maxText), text("answers", item.Answers[1], 0, maxText),
		} {
			if err != nil {
				return err
			}
		}
		id := item.pair()
		if item.Answers[0] == item.Answers[1] || seen[id] {
			return failf(http.StatusBadRequest, "items: each needs two answers that differ, and no item may come twice (%q).", item.Example.Source)
		}
		seen[id] = true
	}
	return nil
}

func between(name string, value, least, most int) error {
	if value < least || value > most {
		return failf(http.StatusBadRequest, "%s: %d is not from %d to %d.", name, value, least, most)
	}
	return nil
}

func (i *NewItem) pair() string {
	return vote.PairID(i.Example.Source, i.Answers[0], i.Answers[1])
}

// Kinds of slots, and of items but for the last.
const (
	anItem = iota
	aCheck
	aRepeat
)

// keptItem is an item as it goes into its table.
type keptItem struct {
	Kind    int    `json:"kind"`
	Pair    string `json:"pair"`
	Example string `json:"example"` // JSON
	First   string `json:"first"`
	Second  string `json:"second"`
	Side    int    `json:"side"`
}

// kept are the campaign's items and attention checks. A check shows an item's reference
// beside another item's, so it needs two that differ; checks tells how many came about.
func (c *NewCampaign) kept(seed int64) (list []keptItem, checks int, err error) {
	add := func(kind int, e task.Example, first, second string) {
		data, failed := json.Marshal(e)
		err = cmp.Or(err, failed)
		pair := vote.PairID(e.Source, first, second)
		list = append(list, keptItem{kind, pair, string(data), first, second, int(drawn(seed, "side", pair) % 2)})
	}
	for _, item := range c.Items {
		add(anItem, item.Example, item.Answers[0], item.Answers[1])
	}
	n := len(c.Items)
	start := int(drawn(seed, "checks") % uint64(n))
	for k := 0; k < n && checks < c.Checks; k++ {
		one, other := c.Items[(start+k)%n].Example, c.Items[(start+k+n/2)%n].Example
		if one.Reference != "" && other.Reference != "" && one.Reference != other.Reference && one.Source != other.Source {
			add(aCheck, one, one.Reference, other.Reference)
			checks++
		}
	}
	return list, checks, err
}

// putCampaign makes a campaign. It is not changed once it is there: the same request
// again shows it.
func (h *Hub) putCampaign(r *http.Request) (reply, error) {
	id, err := name(r, "id")
	if err != nil {
		return reply{}, err
	}
	key, err := bearer(r)
	if err != nil {
		return reply{}, err
	}
	var c NewCampaign
	if err := read(r, maxCampaign, &c); err != nil {
		return reply{}, err
	}
	if err := c.check(h.Limits); err != nil {
		return reply{}, err
	}
	ctx := r.Context()
	there, err := h.findCampaign(ctx, id)
	switch {
	case err != nil:
		return reply{}, err
	case there != nil && !fits(key, there.keyHash):
		return reply{}, h.wrongKey(r)
	case there != nil:
		return h.showCampaign(ctx, there)
	case NameOf(ofCampaign, key) != id:
		return reply{}, failf(http.StatusNotFound, noCampaign)
	}
	if err := h.isGone(ctx, id); err != nil {
		return reply{}, err
	}
	if err := h.take(r, "publish", h.Limits.Publishes); err != nil {
		return reply{}, err
	}
	if err := h.makeCampaign(ctx, id, key, c); err != nil {
		return reply{}, err
	}
	there, err = h.findCampaign(ctx, id)
	if err != nil {
		return reply{}, err
	}
	return h.showCampaign(ctx, there)
}

// makeCampaign writes the campaign, its items, and only then shows it. What follows from
// chance follows from the owner's key, so that a second try draws the same.
func (h *Hub) makeCampaign(ctx context.Context, id, key string, c NewCampaign) error {
	seed := int64(drawn(0, "campaign", key))
	list, checks, err := c.kept(seed)
	if err != nil {
		return err
	}
	items, err := json.Marshal(list)
	if err != nil {
		return err
	}
	systems, err := json.Marshal(c.Systems)
	if err != nil {
		return err
	}
	join := ""
	if c.JoinKey != "" {
		join = hashKey(c.JoinKey)
	}
	now := h.now()
	if err := h.exec(ctx, `INSERT INTO campaign (id, key_hash, join_hash, title, instructions, source_lang, target_lang, task, systems, identical, seed, per_item, per_rater, repeats, checks, most_raters, created, expires, deleting)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 2) ON CONFLICT (id) DO NOTHING`,
		id, hashKey(key), join, c.Title, c.Instructions, c.SourceLang, c.TargetLang, c.Task, string(systems), c.Identical, seed, c.PerItem, c.PerRater, c.Repeats, checks, c.MostRaters, now, now+int64(c.Days)*day); err != nil {
		return err
	}
	if err := h.exec(ctx, `INSERT INTO item (campaign, number, kind, pair, example, first, second, side)
		SELECT ?, key, json_extract(value, '$.kind'), json_extract(value, '$.pair'), json_extract(value, '$.example'), json_extract(value, '$.first'), json_extract(value, '$.second'), json_extract(value, '$.side')
		FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`, id, string(items)); err != nil {
		return err
	}
	return h.exec(ctx, "UPDATE campaign SET deleting = 0 WHERE id = ? AND deleting = 2", id)
}

const noCampaign = "There is no such vote any more."

// campaign is a row of its table.
type campaign struct {
	id, keyHash, joinHash               string
	title, instructions, from, to, task string
	systems                             [2]vote.System
	identical                           int
	seed                                int64
	perItem, perRater, repeats, checks  int
	mostRaters                          int
	created, expires, closed            int64
}

const campaignColumns = "campaign.id, campaign.key_hash, join_hash, title, instructions, source_lang, target_lang, task, systems, identical, seed, per_item, per_rater, repeats, checks, most_raters, campaign.created, expires, closed"

// into are the places that campaignColumns are scanned into.
func (c *campaign) into(systems *string) []any {
	return []any{&c.id, &c.keyHash, &c.joinHash, &c.title, &c.instructions, &c.from, &c.to, &c.task, systems, &c.identical, &c.seed,
		&c.perItem, &c.perRater, &c.repeats, &c.checks, &c.mostRaters, &c.created, &c.expires, &c.closed}
}

// findCampaign gives a campaign that is neither expired nor being deleted, or nil.
func (h *Hub) findCampaign(ctx context.Context, id string) (*campaign, error) {
	var c campaign
	var systems string
	found, err := h.one(ctx, "SELECT "+campaignColumns+" FROM campaign WHERE id = ? AND deleting = 0 AND expires > ?", []any{id, h.now()}, c.into(&systems)...)
	if err != nil || !found {
		return nil, err
	}
	return &c, json.Unmarshal([]byte(systems), &c.systems)
}

// ownCampaign is the campaign of a request that carries its owner's key.
func (h *Hub) ownCampaign(r *http.Request) (*campaign, error) {
	id, err := name(r, "id")
	if err != nil {
		return nil, err
	}
	key, err := bearer(r)
	if err != nil {
		return nil, err
	}
	c, err := h.findCampaign(r.Context(), id)
	switch {
	case err != nil:
		return nil, err
	case c == nil:
		return nil, failf(http.StatusNotFound, noCampaign)
	case !fits(key, c.keyHash):
		return nil, h.wrongKey(r)
	}
	return c, h.changeWith(r, id)
}

// rotateCampaign gives a campaign another key.
func (h *Hub) rotateCampaign(r *http.Request) (reply, error) {
	return h.rotate(r, "campaign", noCampaign)
}

// closeCampaign ends the vote: from now on everyone is told what was which, and nothing
// is voted any more.
func (h *Hub) closeCampaign(r *http.Request) (reply, error) {
	c, err := h.ownCampaign(r)
	if err != nil {
		return reply{}, err
	}
	if err := h.exec(r.Context(), "UPDATE campaign SET closed = ? WHERE id = ? AND closed = 0", h.now(), c.id); err != nil {
		return reply{}, err
	}
	if c, err = h.findCampaign(r.Context(), c.id); err != nil || c == nil {
		return reply{}, err
	}
	return h.showCampaign(r.Context(), c)
}

// deleteCampaign takes a campaign away with all its votes.
func (h *Hub) deleteCampaign(r *http.Request) (reply, error) {
	c, err := h.ownCampaign(r)
	if err != nil {
		return reply{}, err
	}
	return reply{body: struct{}{}}, h.purgeCampaign(r.Context(), c.id)
}
