package hub

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
)

// Project is what everyone who has its link sees of a project.
type Project struct {
	ID         string        `json:"id"`
	Title      string        `json:"title"`
	SourceLang string        `json:"source_lang"`
	TargetLang string        `json:"target_lang"`
	Task       string        `json:"task"`
	Licence    string        `json:"licence"` // of the examples, by SPDX or in words
	Note       string        `json:"note"`
	Axes       Axes          `json:"axes"`
	Published  bool          `json:"published"`
	Listed     bool          `json:"listed"` // in the gallery
	Hidden     bool          `json:"hidden,omitempty"`
	Created    string        `json:"created"`
	Changed    string        `json:"changed"`
	Expires    string        `json:"expires"`
	Versions   []VersionInfo `json:"versions"` // latest first
}

// Axes are the three that are always shown together; nil was not measured.
type Axes struct {
	Surface  *Axis `json:"surface,omitempty"`
	Meaning  *Axis `json:"meaning,omitempty"`
	Retained *Axis `json:"retained,omitempty"`
}

// Axis is a measure before and after training.
type Axis struct {
	Measure string  `json:"measure"`
	Before  float64 `json:"before"`
	After   float64 `json:"after"`
}

// VersionInfo is one publication of a project.
type VersionInfo struct {
	Number  int    `json:"number"`
	Size    int64  `json:"size"` // bytes
	SHA256  string `json:"sha256"`
	Created string `json:"created"`
}

// ProjectAbout is what its owner says of a project.
type ProjectAbout struct {
	Title      string `json:"title"`
	SourceLang string `json:"source_lang"`
	TargetLang string `json:"target_lang"`
	Task       string `json:"task"`
	Licence    string `json:"licence"`
	Note       string `json:"note"`
	Axes       Axes   `json:"axes"`
	Published  bool   `json:"published"`
	Listed     bool   `json:"listed"`
}

func (a *ProjectAbout) check() error {
	for _, err := range []error{
		text("title", a.Title, 1, 200), tag("source_lang", a.SourceLang), tag("target_lang", a.TargetLang),
		text("task", a.Task, 1, 40), text("licence", a.Licence, 1, 80), text("note", a.Note, 0, 2000),
	} {
		if err != nil {
			return err
		}
	}
	for _, axis := range []*Axis{a.Axes.Surface, a.Axes.Meaning, a.Axes.Retained} {
		if axis == nil {
			continue
		}
		if err := text("axes", axis.Measure, 1, 60); err != nil {
			return err
		}
		if math.Abs(axis.Before) > 1e6 || math.Abs(axis.After) > 1e6 {
			return failf(http.StatusBadRequest, "axes: %s is out of range.", axis.Measure)
		}
	}
	return nil
}

// project is a row of its table.
type project struct {
	Project
	keyHash          string
	hidden, deleting int
	changedAt        int64
}

const projectColumns = "id, key_hash, title, source_lang, target_lang, task, licence, note, axes, published, listed, hidden, deleting, created, changed, expires"

func scanProject(scan func(...any) error) (*project, error) {
	var p project
	var axes string
	var created, expires int64
	err := scan(&p.ID, &p.keyHash, &p.Title, &p.SourceLang, &p.TargetLang, &p.Task, &p.Licence, &p.Note, &axes,
		&p.Published, &p.Listed, &p.hidden, &p.deleting, &created, &p.changedAt, &expires)
	if err != nil {
		return nil, err
	}
	p.Hidden, p.Created, p.Changed, p.Expires = p.hidden > 0, moment(created), moment(p.changedAt), moment(expires)
	return &p, json.Unmarshal([]byte(axes), &p.Axes)
}

// findProject gives a project that is neither expired nor being deleted, or nil.
func (h *Hub) findProject(ctx context.Context, id string) (p *project, err error) {
	err = h.each(ctx, "SELECT "+projectColumns+" FROM project WHERE id = ? AND deleting = 0 AND expires > ?", []any{id, h.now()}, func(scan func(...any) error) (err error) {
		p, err = scanProject(scan)
		return err
	})
	return p, err
}

// ownProject is the project of a request that carries its key.
func (h *Hub) ownProject(r *http.Request) (*project, string, error) {
	id, err := name(r, "id")
	if err != nil {
		return nil, "", err
	}
	key, err := bearer(r)
	if err != nil {
		return nil, "", err
	}
	p, err := h.findProject(r.Context(), id)
	switch {
	case err != nil:
		return nil, "", err
	case p == nil:
		return nil, key, failf(http.StatusNotFound, "There is no project of this name; it may have been deleted.")
	case !fits(key, p.keyHash):
		return nil, "", h.wrongKey(r)
	}
	return p, key, h.changeWith(r, id)
}

// changeWith counts a change that a key makes.
func (h *Hub) changeWith(r *http.Request, id string) error {
	if r.Method == http.MethodGet {
		return nil
	}
	return h.takeOf(r.Context(), "key "+id, h.Limits.KeyChanges)
}

// putProject makes a project, without a version yet, or changes what is said of it.
func (h *Hub) putProject(r *http.Request) (reply, error) {
	var about ProjectAbout
	if err := read(r, maxJSON, &about); err != nil {
		return reply{}, err
	}
	if err := about.check(); err != nil {
		return reply{}, err
	}
	axes, err := json.Marshal(about.Axes)
	if err != nil {
		return reply{}, err
	}
	p, key, err := h.ownProject(r)
	ctx, now := r.Context(), h.now()
	if p == nil && key != "" {
		return h.makeProject(r, key, about, string(axes))
	}
	if err != nil {
		return reply{}, err
	}
	if err := h.exec(ctx, "UPDATE project SET title = ?, source_lang = ?, target_lang = ?, task = ?, licence = ?, note = ?, axes = ?, published = ?, listed = ?, changed = ?, expires = ? WHERE id = ?",
		about.Title, about.SourceLang, about.TargetLang, about.Task, about.Licence, about.Note, string(axes), bit(about.Published), bit(about.Listed), now, now+int64(h.Limits.Days)*day, p.ID); err != nil {
		return reply{}, err
	}
	return h.showProject(ctx, p.ID, true)
}

func (h *Hub) makeProject(r *http.Request, key string, about ProjectAbout, axes string) (reply, error) {
	ctx, id, now := r.Context(), r.PathValue("id"), h.now()
	if NameOf(ofProject, key) != id {
		return reply{}, failf(http.StatusNotFound, "There is no project of this name; it may have been deleted.")
	}
	if err := h.isGone(ctx, id); err != nil {
		return reply{}, err
	}
	if err := h.take(r, "publish", h.Limits.Publishes); err != nil {
		return reply{}, err
	}
	if err := h.exec(ctx, "INSERT INTO project ("+projectColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
		id, hashKey(key), about.Title, about.SourceLang, about.TargetLang, about.Task, about.Licence, about.Note, axes, bit(about.Published), bit(about.Listed), now, now, now+int64(h.Limits.Days)*day); err != nil {
		return reply{}, err
	}
	return h.showProject(ctx, id, true)
}

// isGone fails for a name that was deleted: a request that comes late makes nothing anew.
func (h *Hub) isGone(ctx context.Context, id string) error {
	var at int64
	gone, err := h.one(ctx, "SELECT at FROM gone WHERE id = ?", []any{id}, &at)
	if err == nil && gone {
		err = failf(http.StatusGone, "This was deleted.")
	}
	return err
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// getProject shows a project to who has its link. A hidden or unpublished one is shown to
// its owner alone.
func (h *Hub) getProject(r *http.Request) (reply, error) {
	id, err := name(r, "id")
	if err != nil {
		return reply{}, err
	}
	if r.Header.Get("Authorization") == "" {
		return h.showProject(r.Context(), id, false)
	}
	p, _, err := h.ownProject(r)
	if err != nil {
		return reply{}, err
	}
	return h.showProject(r.Context(), p.ID, true)
}

const notShown = "There is no such project, or it is not shown any more."

// open tells whether everyone may read the project.
func (p *project) open() bool { return p != nil && p.Published && p.hidden < 2 }

func (h *Hub) showProject(ctx context.Context, id string, owner bool) (reply, error) {
	p, err := h.findProject(ctx, id)
	if err != nil {
		return reply{}, err
	}
	if p == nil || !owner && !p.open() {
		return reply{}, failf(http.StatusNotFound, notShown)
	}
	if err := h.addVersions(ctx, p); err != nil {
		return reply{}, err
	}
	out := reply{body: p.Project}
	if !owner {
		p.Hidden = false
		if len(p.Versions) == 0 {
			return reply{}, failf(http.StatusNotFound, notShown)
		}
		out = reply{body: p.Project, cache: cacheTime}
	}
	return out, nil
}

func (h *Hub) addVersions(ctx context.Context, p *project) error {
	p.Versions = []VersionInfo{}
	return h.each(ctx, "SELECT number, size, sha256, created FROM version WHERE project = ? AND ready = 1 ORDER BY number DESC LIMIT ?", []any{p.ID, h.Limits.Versions}, func(scan func(...any) error) error {
		var v VersionInfo
		var created int64
		err := scan(&v.Number, &v.Size, &v.SHA256, &created)
		v.Created = moment(created)
		p.Versions = append(p.Versions, v)
		return err
	})
}

// newKey is a request for another key.
type newKey struct {
	Key string `json:"key"`
}

// rotateProject gives a project another key; the old one opens nothing from then on.
func (h *Hub) rotateProject(r *http.Request) (reply, error) {
	return h.rotate(r, "project", "There is no project of this name; it may have been deleted.")
}

// rotate replaces a key. When the answer to a rotation was lost, the same request once
// more finds the new key in place and succeeds too.
func (h *Hub) rotate(r *http.Request, table, missing string) (reply, error) {
	id, err := name(r, "id")
	if err != nil {
		return reply{}, err
	}
	old, err := bearer(r)
	if err != nil {
		return reply{}, err
	}
	var next newKey
	if err := read(r, maxJSON, &next); err != nil {
		return reply{}, err
	}
	if !isKey(next.Key) {
		return reply{}, failf(http.StatusBadRequest, "key: give %d random bytes as base64url.", keySize)
	}
	var hash string
	found, err := h.one(r.Context(), "SELECT key_hash FROM "+table+" WHERE id = ? AND deleting = 0 AND expires > ?", []any{id, h.now()}, &hash)
	switch {
	case err != nil:
		return reply{}, err
	case !found:
		return reply{}, failf(http.StatusNotFound, "%s", missing)
	case fits(next.Key, hash):
		return reply{body: struct{}{}}, nil
	case !fits(old, hash):
		return reply{}, h.wrongKey(r)
	}
	err = h.exec(r.Context(), "UPDATE "+table+" SET key_hash = ? WHERE id = ? AND key_hash = ?", hashKey(next.Key), id, hash)
	return reply{body: struct{}{}}, err
}

// deleteProject takes a project away with all its files. Killed midway it goes on with
// the next request, or the next sweep.
func (h *Hub) deleteProject(r *http.Request) (reply, error) {
	p, _, err := h.ownProject(r)
	if err != nil {
		return reply{}, err
	}
	if err := h.exec(r.Context(), "UPDATE project SET deleting = 1 WHERE id = ?", p.ID); err != nil {
		return reply{}, err
	}
	return reply{body: struct{}{}}, h.purgeProject(r.Context(), p.ID)
}
