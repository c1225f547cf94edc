package hub

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/vote"
)

// maxChanges is how often one vote may be changed.
const maxChanges = 50

// Question is a pair as its rater sees it. It tells neither which system gave which
// answer, nor whether it is an attention check or a repeat, nor its number for others.
type Question struct {
	Position int        `json:"position"`
	Source   string     `json:"source"`
	A        string     `json:"a"`
	B        string     `json:"b"`
	Revision int        `json:"revision"`
	Vote     *vote.Vote `json:"vote,omitempty"` // as it was given
}

// Voting is what a rater's link shows.
type Voting struct {
	Title        string    `json:"title"`
	Instructions string    `json:"instructions"`
	SourceLang   string    `json:"source_lang"`
	TargetLang   string    `json:"target_lang"`
	Task         string    `json:"task"`
	Campaign     string    `json:"campaign"`
	Name         string    `json:"name"`
	Done         int       `json:"done"`
	Total        int       `json:"total"` // at most
	Expires      string    `json:"expires"`
	Closed       string    `json:"closed,omitempty"`
	Question     *Question `json:"question"`      // nil: nothing is left to ask
	Own          *RaterOwn `json:"own,omitempty"` // once the campaign is closed
}

// RaterOwn tells a rater, after the end, what was which.
type RaterOwn struct {
	Systems [2]vote.System `json:"systems"`
	File    *vote.File     `json:"file"` // the rater's votes, as the page reads them
}

// items counts a campaign's items.
func (h *Hub) items(ctx context.Context, c *campaign) (n int, err error) {
	_, err = h.one(ctx, "SELECT count(*) FROM item WHERE campaign = ? AND kind = 0", []any{c.id}, &n)
	return n, err
}

// voting is what a rater's link shows, without a question.
func (h *Hub) voting(ctx context.Context, who *rater, items int) Voting {
	c := &who.campaign
	return Voting{Title: c.title, Instructions: c.instructions, SourceLang: c.from, TargetLang: c.to, Task: c.task, Campaign: c.id, Name: who.name,
		Done: who.voted, Total: who.wanted(items) + c.checks + min(c.repeats, who.wanted(items)), Expires: moment(c.expires), Closed: moment(c.closed)}
}

// getVoting shows where a rater stands, on whatever device. It asks nothing new.
func (h *Hub) getVoting(r *http.Request) (reply, error) {
	who, err := h.theRater(r)
	if err != nil {
		return reply{}, err
	}
	ctx := r.Context()
	items, err := h.items(ctx, &who.campaign)
	if err != nil {
		return reply{}, err
	}
	out := h.voting(ctx, who, items)
	switch {
	case who.campaign.closed > 0:
		files, err := h.files(ctx, &who.campaign, who.id)
		if err != nil {
			return reply{}, err
		}
		out.Own = &RaterOwn{Systems: who.campaign.systems}
		if len(files) > 0 {
			out.Own.File = &files[0].File
		}
	case who.open >= 0:
		out.Question, err = h.question(ctx, who.id, who.open)
	}
	return reply{body: out}, err
}

// nextVote asks the rater's next pair: the one that is open, or a new one.
func (h *Hub) nextVote(r *http.Request) (reply, error) {
	who, err := h.theRater(r)
	if err != nil {
		return reply{}, err
	}
	return h.ask(r.Context(), who)
}

func (h *Hub) ask(ctx context.Context, who *rater) (reply, error) {
	items, err := h.items(ctx, &who.campaign)
	if err != nil {
		return reply{}, err
	}
	out := h.voting(ctx, who, items)
	if who.campaign.closed == 0 {
		position, err := h.assign(ctx, who, items)
		if err != nil {
			return reply{}, err
		}
		if position >= 0 {
			if out.Question, err = h.question(ctx, who.id, position); err != nil {
				return reply{}, err
			}
		}
	}
	return reply{body: out}, nil
}

// question reads a slot as its rater sees it; nil where there is none.
func (h *Hub) question(ctx context.Context, rater string, position int) (*Question, error) {
	q := Question{Position: position}
	var example, given string
	var flipped bool
	found, err := h.one(ctx, `SELECT example, first, second, flipped, revision, vote FROM slot JOIN item ON item.campaign = slot.campaign AND number = item WHERE rater = ? AND position = ?`,
		[]any{rater, position}, &example, &q.A, &q.B, &flipped, &q.Revision, &given)
	if err != nil || !found {
		return nil, err
	}
	var e task.Example
	if err := json.Unmarshal([]byte(example), &e); err != nil {
		return nil, err
	}
	q.Source = e.Source
	if flipped {
		q.A, q.B = q.B, q.A
	}
	if given != "" {
		err = json.Unmarshal([]byte(given), &q.Vote)
	}
	return &q, err
}

// getVote shows a pair that was voted on, to change the vote.
func (h *Hub) getVote(r *http.Request) (reply, error) {
	position, err := wholeNumber(r, "position")
	if err != nil {
		return reply{}, err
	}
	who, err := h.theRater(r)
	if err != nil {
		return reply{}, err
	}
	q, err := h.question(r.Context(), who.id, position)
	if err == nil && q == nil {
		err = failf(http.StatusNotFound, "This was not asked.")
	}
	return reply{body: q}, err
}

// newVote is a vote on its way. Revision is the one of the question that it answers, and
// Change names this change: sent twice it is one.
type newVote struct {
	Revision int       `json:"revision"`
	Change   string    `json:"change"`
	Vote     vote.Vote `json:"vote"`
}

func (v *newVote) check(q *Question) error {
	if v.Vote.Choice == "" {
		return failf(http.StatusBadRequest, "choice: it is missing.")
	}
	if err := v.Vote.Check(q.A, q.B); err != nil {
		return failf(http.StatusBadRequest, "%v.", err)
	}
	if len(v.Vote.Spans) > 100 {
		return failf(http.StatusBadRequest, "spans: %d are more than 100.", len(v.Vote.Spans))
	}
	for _, s := range v.Vote.Spans {
		if err := text("spans", s.Text+s.Category, 0, maxText+40); err != nil {
			return err
		}
	}
	if err := text("comment", v.Vote.Comment, 0, 2000); err != nil {
		return err
	}
	return text("change", v.Change, 8, 80)
}

// putVote takes a vote and asks the next pair. It is taken once, however often it is
// sent; an older vote that comes late is refused.
func (h *Hub) putVote(r *http.Request) (reply, error) {
	position, err := wholeNumber(r, "position")
	if err != nil {
		return reply{}, err
	}
	var v newVote
	if err := read(r, maxJSON, &v); err != nil {
		return reply{}, err
	}
	who, err := h.theRater(r)
	if err != nil {
		return reply{}, err
	}
	ctx := r.Context()
	q, err := h.question(ctx, who.id, position)
	if err == nil && q == nil {
		err = failf(http.StatusNotFound, "This was not asked.")
	}
	if err != nil {
		return reply{}, err
	}
	if err := v.check(q); err != nil {
		return reply{}, err
	}
	if err := h.keepVote(ctx, who, position, v); err != nil {
		return reply{}, err
	}
	if who.open == position {
		who.open = -1
		who.voted++
	}
	return h.ask(ctx, who)
}

func (h *Hub) keepVote(ctx context.Context, who *rater, position int, v newVote) error {
	given, err := json.Marshal(v.Vote)
	if err != nil {
		return err
	}
	var revision int
	kept, err := h.one(ctx, `UPDATE slot SET vote = ?, voted = CASE voted WHEN 0 THEN ? ELSE voted END, revision = revision + 1, change_key = ?
		WHERE rater = ? AND position = ? AND revision = ? AND revision < ? AND EXISTS (SELECT 1 FROM campaign WHERE id = slot.campaign AND closed = 0 AND deleting = 0) RETURNING revision`,
		[]any{string(given), h.now(), v.Change, who.id, position, v.Revision, maxChanges}, &revision)
	if err != nil || kept {
		return err
	}
	var change string
	var closed int64
	if _, err := h.one(ctx, "SELECT slot.revision, change_key, closed FROM slot JOIN campaign ON campaign.id = slot.campaign WHERE rater = ? AND position = ?", []any{who.id, position}, &revision, &change, &closed); err != nil {
		return err
	}
	switch {
	case change == v.Change: // it came before
		return nil
	case closed > 0:
		return failf(http.StatusConflict, "This vote is over; it was closed before this answer came.")
	case revision >= maxChanges:
		return failf(http.StatusTooManyRequests, "This answer was changed %d times; it stays as it is.", revision)
	}
	return failf(http.StatusConflict, "This pair was answered on another device meanwhile; the page shows that answer.")
}

// withdraw takes the rater away with all votes, at the rater's own wish.
func (h *Hub) withdraw(r *http.Request) (reply, error) {
	who, err := h.theRater(r)
	if err != nil {
		return reply{}, err
	}
	return reply{body: struct{}{}}, h.purgeRater(r.Context(), who.id)
}
