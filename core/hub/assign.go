package hub

import "context"

// hold is how long an item counts as being voted on by a rater who was asked and has not
// answered, in seconds; then another rater is asked.
const hold = hour / 2

// everyone is a number of votes that no item reaches.
const everyone = 1 << 30

// wanted is how many items the rater is asked at most.
func (w *rater) wanted(items int) int {
	if w.campaign.perRater > 0 {
		return min(w.campaign.perRater, items)
	}
	return items
}

// kinds are what the rater may be asked next, the most fitting first. Attention checks and
// repeats are spread evenly among the items; what is left of them comes at the end.
func (w *rater) kinds(items int) []int {
	c := &w.campaign
	var list []int
	more := w.given[anItem] < w.wanted(items)
	if w.given[aCheck]*max(c.repeats, 1) <= w.given[aRepeat]*max(c.checks, 1) {
		list = []int{aCheck, aRepeat}
	} else {
		list = []int{aRepeat, aCheck}
	}
	list = append(list, anItem)
	extras := w.given[aCheck] + w.given[aRepeat]
	apart := max(2, w.wanted(items)/(c.checks+c.repeats+1))
	if more && w.given[anItem] < (extras+1)*apart {
		list = append([]int{anItem}, list[:2]...)
	}
	var open []int
	for _, kind := range list {
		switch {
		case kind == anItem && more, kind == aCheck && w.given[aCheck] < c.checks, kind == aRepeat && w.given[aRepeat] < c.repeats:
			open = append(open, kind)
		}
	}
	return open
}

// assignments give the rater one more slot, unless one is open. An item goes to a rater
// while it lacks votes, counting those that raters are at; the ones that fewest raters
// were asked come first. Two requests at once agree on one slot, as its position is the
// count of those before.
var assignments = [3]string{
	anItem: `INSERT INTO slot (rater, position, campaign, item, kind, flipped, given)
		SELECT r.id, (SELECT count(*) FROM slot WHERE rater = r.id), r.campaign, i.number, 0, (i.side + i.taken) % 2, ?
		FROM rater AS r JOIN item AS i ON i.campaign = r.campaign AND i.kind = 0
		WHERE r.id = ? AND NOT EXISTS (SELECT 1 FROM slot WHERE rater = r.id AND voted = 0)
		AND NOT EXISTS (SELECT 1 FROM slot WHERE rater = r.id AND item = i.number AND kind = 0)
		AND i.votes < ? AND (i.taken < ? OR i.votes + (SELECT count(*) FROM slot WHERE campaign = i.campaign AND item = i.number AND voted = 0 AND kind = 0 AND given > ?) < ?)
		ORDER BY i.taken, (i.number * r.step + r.start) % 1009 LIMIT 1 ON CONFLICT DO NOTHING RETURNING position`,
	aCheck: `INSERT INTO slot (rater, position, campaign, item, kind, flipped, given)
		SELECT r.id, (SELECT count(*) FROM slot WHERE rater = r.id), r.campaign, i.number, 1, (i.side + r.start) % 2, ?
		FROM rater AS r JOIN item AS i ON i.campaign = r.campaign AND i.kind = 1
		WHERE r.id = ? AND NOT EXISTS (SELECT 1 FROM slot WHERE rater = r.id AND voted = 0)
		AND NOT EXISTS (SELECT 1 FROM slot WHERE rater = r.id AND item = i.number AND kind = 1)
		ORDER BY (i.number * r.step + r.start) % 1009 LIMIT 1 ON CONFLICT DO NOTHING RETURNING position`,
	aRepeat: `INSERT INTO slot (rater, position, campaign, item, kind, flipped, given)
		SELECT r.id, (SELECT count(*) FROM slot WHERE rater = r.id), r.campaign, s.item, 2, 1 - s.flipped, ?
		FROM rater AS r JOIN slot AS s ON s.rater = r.id AND s.kind = 0 AND s.voted > 0
		WHERE r.id = ? AND NOT EXISTS (SELECT 1 FROM slot WHERE rater = r.id AND voted = 0)
		AND NOT EXISTS (SELECT 1 FROM slot WHERE rater = r.id AND item = s.item AND kind = 2)
		AND s.position + 3 <= (SELECT count(*) FROM slot WHERE rater = r.id)
		ORDER BY (s.item * r.step + r.start) % 1009 LIMIT 1 ON CONFLICT DO NOTHING RETURNING position`,
}

// assign gives the rater's open slot, or a new one; -1 when there is nothing left to ask.
func (h *Hub) assign(ctx context.Context, who *rater, items int) (int, error) {
	if who.open >= 0 {
		return who.open, nil
	}
	now, votes := h.now(), who.campaign.perItem
	if votes == 0 {
		votes = everyone
	}
	for _, kind := range who.kinds(items) {
		args := []any{now, who.id}
		if kind == anItem {
			args = append(args, votes, votes, now-hold, votes)
		}
		position := 0
		given, err := h.one(ctx, assignments[kind], args, &position)
		if err != nil || given {
			return position, err
		}
	}
	// Another request of the same rater may have been quicker.
	open := -1
	_, err := h.one(ctx, "SELECT position FROM slot WHERE rater = ? AND voted = 0 ORDER BY position LIMIT 1", []any{who.id}, &open)
	return open, err
}
