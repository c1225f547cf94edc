package hub

import (
	"context"
	"errors"
	"strings"
)

const (
	sweepSize = 50        // of each kind in one sweep
	unready   = hour      // after which a publication that was cut off is taken away
	remember  = 400 * day // how long names of what was deleted are kept
)

// Sweep deletes what has expired and goes on with deletions that were cut off. It is to
// be called every hour; each call does a bounded part.
func (h *Hub) Sweep(ctx context.Context) error {
	now := h.now()
	var errs []error
	errs = append(errs, h.sweepOf(ctx, "SELECT id FROM project WHERE deleting = 1 OR expires <= ? LIMIT ?", now, h.purgeProject))
	errs = append(errs, h.sweepOf(ctx, "SELECT id FROM campaign WHERE deleting = 1 OR expires <= ? OR deleting = 2 AND created < ? - 3600 LIMIT ?", now, h.purgeCampaign))
	errs = append(errs, h.dropWhere(ctx, "ready = 0 AND created < ?", now-unready))
	errs = append(errs, h.exec(ctx, "DELETE FROM quota WHERE until <= ?", now))
	errs = append(errs, h.exec(ctx, "DELETE FROM gone WHERE at < ?", now-remember))
	return errors.Join(errs...)
}

func (h *Hub) sweepOf(ctx context.Context, query string, now int64, purge func(context.Context, string) error) error {
	args := []any{now}
	for range strings.Count(query, "?") - 2 {
		args = append(args, now)
	}
	args = append(args, sweepSize)
	var ids []string
	err := h.each(ctx, query, args, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	for _, id := range ids {
		err = errors.Join(err, purge(ctx, id))
	}
	return err
}

// purgeProject deletes all that is kept of a project; its row goes last.
func (h *Hub) purgeProject(ctx context.Context, id string) error {
	for {
		if err := h.dropWhere(ctx, "project = ?", id); err != nil {
			return err
		}
		var left int
		if _, err := h.one(ctx, "SELECT count(*) FROM version WHERE project = ?", []any{id}, &left); err != nil {
			return err
		}
		if left == 0 {
			break
		}
	}
	return h.purge(ctx, id, "DELETE FROM report WHERE project = ?", "DELETE FROM project WHERE id = ?")
}

// purgeCampaign deletes a campaign with its items, raters and votes.
func (h *Hub) purgeCampaign(ctx context.Context, id string) error {
	return h.purge(ctx, id, "UPDATE campaign SET deleting = 1 WHERE id = ?", "DELETE FROM slot WHERE campaign = ?",
		"DELETE FROM rater WHERE campaign = ?", "DELETE FROM item WHERE campaign = ?", "DELETE FROM campaign WHERE id = ?")
}

// purge notes that a name is gone and runs statements that take the name, in order.
func (h *Hub) purge(ctx context.Context, id string, statements ...string) error {
	if err := h.exec(ctx, "INSERT INTO gone (id, at) VALUES (?, ?) ON CONFLICT DO NOTHING", id, h.now()); err != nil {
		return err
	}
	for _, statement := range statements {
		if err := h.exec(ctx, statement, id); err != nil {
			return err
		}
	}
	return nil
}
