package hub

import (
	"context"
	"encoding/json"
	"net/http"
)

// prime is more than a campaign has items: number*step+start modulo it puts the items of
// each rater into an order of its own.
const prime = 1009

// newRater is a request for a rater's link.
type newRater struct {
	Key  string `json:"key"`  // of the link
	Name string `json:"name"` // as the rater is called in the results; "" for none
}

// putRater makes a rater's link. The campaign's owner may, and who has the campaign's
// open link, as often as the campaign takes raters. Again it shows what it made, and a
// rater may give another name.
func (h *Hub) putRater(r *http.Request) (reply, error) {
	id, err := name(r, "id")
	if err != nil {
		return reply{}, err
	}
	key, err := bearer(r)
	if err != nil {
		return reply{}, err
	}
	var asked newRater
	if err := read(r, maxJSON, &asked); err != nil {
		return reply{}, err
	}
	if err := text("name", asked.Name, 0, 80); err != nil {
		return reply{}, err
	}
	rater := r.PathValue("rater")
	if !isKey(asked.Key) || NameOf(ofRater, asked.Key) != rater {
		return reply{}, failf(http.StatusBadRequest, "key: give %d random bytes as base64url, and their name in the address.", keySize)
	}
	ctx := r.Context()
	c, err := h.findCampaign(ctx, id)
	if err == nil && c == nil {
		err = failf(http.StatusNotFound, noCampaign)
	}
	if err == nil {
		err = h.mayMakeRater(r, c, key, asked.Key)
	}
	if err == nil {
		err = h.isGone(ctx, rater)
	}
	if err == nil {
		err = h.makeRater(ctx, c, rater, asked)
	}
	return reply{body: map[string]string{"id": rater, "name": asked.Name}}, err
}

// mayMakeRater lets the owner's key through, the open link's, and a rater's own.
func (h *Hub) mayMakeRater(r *http.Request, c *campaign, key, raterKey string) error {
	switch {
	case fits(key, c.keyHash):
		return h.changeWith(r, c.id)
	case c.joinHash != "" && fits(key, c.joinHash):
		return h.take(r, "join", h.Limits.Joins)
	case key == raterKey:
		found, err := h.one(r.Context(), "SELECT 1 FROM rater WHERE id = ? AND campaign = ? AND key_hash = ?", []any{NameOf(ofRater, key), c.id, hashKey(key)}, new(int))
		if err != nil || found {
			return err
		}
	}
	return h.wrongKey(r)
}

func (h *Hub) makeRater(ctx context.Context, c *campaign, rater string, asked newRater) error {
	if c.closed > 0 {
		return failf(http.StatusConflict, "This vote is over.")
	}
	step := 1 + drawn(c.seed, "step", rater)%(prime-1)
	start := drawn(c.seed, "start", rater) % prime
	hash := hashKey(asked.Key)
	var kept string
	made, err := h.one(ctx, `INSERT INTO rater (id, campaign, key_hash, name, step, start, created)
		SELECT ?, ?, ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM rater WHERE campaign = ? AND id <> ?) < ?
		ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE campaign = excluded.campaign AND key_hash = excluded.key_hash RETURNING id`,
		[]any{rater, c.id, hash, asked.Name, int64(step), int64(start), h.now(), c.id, rater, c.mostRaters}, &kept)
	if err == nil && !made {
		err = failf(http.StatusConflict, "This vote has its %d raters already; ask who sent you the link.", c.mostRaters)
	}
	return err
}

// deleteRater takes a rater away with all its votes, for the campaign's owner.
func (h *Hub) deleteRater(r *http.Request) (reply, error) {
	c, err := h.ownCampaign(r)
	if err != nil {
		return reply{}, err
	}
	rater, err := name(r, "rater")
	if err != nil {
		return reply{}, err
	}
	found, err := h.one(r.Context(), "SELECT 1 FROM rater WHERE id = ? AND campaign = ?", []any{rater, c.id}, new(int))
	if err == nil && !found {
		err = failf(http.StatusNotFound, "There is no such rater.")
	}
	if err != nil {
		return reply{}, err
	}
	return reply{body: struct{}{}}, h.purgeRater(r.Context(), rater)
}

func (h *Hub) purgeRater(ctx context.Context, rater string) error {
	return h.purge(ctx, rater, "DELETE FROM slot WHERE rater = ?", "DELETE FROM rater WHERE id = ?")
}

// rater is who a rater's link belongs to.
type rater struct {
	id, name string
	campaign campaign
	given    [3]int // slots by kind
	voted    int
	open     int // position of the slot without a vote, -1 for none
}

// theRater is the rater of a request that carries a rater's key.
func (h *Hub) theRater(r *http.Request) (*rater, error) {
	key, err := bearer(r)
	if err != nil {
		return nil, err
	}
	who := rater{id: NameOf(ofRater, key)}
	var hash, systems string
	into := append([]any{&who.name, &hash}, who.campaign.into(&systems)...)
	into = append(into, &who.given[anItem], &who.given[aCheck], &who.given[aRepeat], &who.voted, &who.open)
	found, err := h.one(r.Context(), `SELECT rater.name, rater.key_hash, `+campaignColumns+`, coalesce(n_items, 0), coalesce(n_checks, 0), coalesce(n_repeats, 0), coalesce(n_voted, 0), coalesce(at, -1)
		FROM rater JOIN campaign ON campaign.id = rater.campaign LEFT JOIN (
			SELECT sum(kind = 0) AS n_items, sum(kind = 1) AS n_checks, sum(kind = 2) AS n_repeats, sum(voted > 0) AS n_voted, max(CASE WHEN voted = 0 THEN position ELSE -1 END) AS at
			FROM slot WHERE rater = ?)
		WHERE rater.id = ? AND deleting = 0 AND expires > ?`, []any{who.id, who.id, h.now()}, into...)
	switch {
	case err != nil:
		return nil, err
	case !found:
		if err := h.take(r, "wrong", h.Limits.WrongKeys); err != nil {
			return nil, err
		}
		return nil, failf(http.StatusNotFound, noCampaign)
	case !fits(key, hash):
		return nil, h.wrongKey(r)
	}
	return &who, json.Unmarshal([]byte(systems), &who.campaign.systems)
}
