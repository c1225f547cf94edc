package hub

import (
	"crypto/subtle"
	"net/http"
	"strconv"
	"strings"
)

const (
	gallerySize = 24 // projects a page
	// enoughReports from different addresses take a project out of the gallery until who
	// runs the hub has looked.
	enoughReports = 3
)

// gallery lists the projects whose owners want it, the latest first: ?language= is the
// source's or target's, ?task= the task's, ?after= the "next" of the page before.
func (h *Hub) gallery(r *http.Request) (reply, error) {
	query := r.URL.Query()
	language, task := query.Get("language"), query.Get("task")
	if language != "" {
		if err := tag("language", language); err != nil {
			return reply{}, err
		}
	}
	if err := text("task", task, 0, 40); err != nil {
		return reply{}, err
	}
	changed, id := int64(1)<<52, ""
	if after := query.Get("after"); after != "" {
		seconds, rest, _ := strings.Cut(after, ".")
		n, err := strconv.ParseInt(seconds, 10, 52)
		if err != nil || !isName(rest) {
			return reply{}, failf(http.StatusBadRequest, "after: this is no place in the gallery.")
		}
		changed, id = n, rest
	}
	out := struct {
		Projects []Project `json:"projects"`
		Next     string    `json:"next,omitempty"`
	}{Projects: []Project{}}
	var list []*project
	err := h.each(r.Context(), "SELECT "+projectColumns+` FROM project WHERE published = 1 AND listed = 1 AND hidden = 0 AND deleting = 0 AND expires > ?
		AND (? = '' OR source_lang = ? OR target_lang = ?) AND (? = '' OR task = ?) AND (changed < ? OR changed = ? AND id > ?)
		AND EXISTS (SELECT 1 FROM version WHERE project = project.id AND ready = 1) ORDER BY changed DESC, id LIMIT ?`,
		[]any{h.now(), language, language, language, task, task, changed, changed, id, gallerySize + 1}, func(scan func(...any) error) error {
			p, err := scanProject(scan)
			list = append(list, p)
			return err
		})
	if err != nil {
		return reply{}, err
	}
	if len(list) > gallerySize {
		list = list[:gallerySize]
		last := list[gallerySize-1]
		out.Next = strconv.FormatInt(last.changedAt, 10) + "." + last.ID
	}
	for _, p := range list {
		p.Versions = []VersionInfo{}
		out.Projects = append(out.Projects, p.Project)
	}
	return reply{body: out, cache: cacheTime}, nil
}

// report tells who runs the hub that a project should not be here.
func (h *Hub) report(r *http.Request) (reply, error) {
	id, err := name(r, "id")
	if err != nil {
		return reply{}, err
	}
	var said struct {
		Reason string `json:"reason"`
	}
	if err := read(r, maxJSON, &said); err != nil {
		return reply{}, err
	}
	if err := text("reason", said.Reason, 1, 1000); err != nil {
		return reply{}, err
	}
	ctx := r.Context()
	p, err := h.findProject(ctx, id)
	if err == nil && !p.open() {
		err = failf(http.StatusNotFound, notShown)
	}
	if err == nil {
		err = h.take(r, "report", h.Limits.Reports)
	}
	var secret string
	if err == nil {
		_, err = h.one(ctx, "SELECT value FROM secret", nil, &secret)
	}
	if err != nil {
		return reply{}, err
	}
	reporter := hashAddress(secret+id, 0, h.Address(r)) // the same address counts once, and is another one elsewhere
	if err := h.exec(ctx, "INSERT INTO report (project, reporter, reason, created) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", id, reporter, said.Reason, h.now()); err != nil {
		return reply{}, err
	}
	err = h.exec(ctx, "UPDATE project SET hidden = 1 WHERE id = ? AND hidden = 0 AND (SELECT count(*) FROM report WHERE project = ?) >= ?", id, id, enoughReports)
	return reply{body: struct{}{}}, err
}

// operator lets a request through that carries the key of who runs the hub.
func (h *Hub) operator(r *http.Request) error {
	key, err := bearer(r)
	if err != nil {
		return err
	}
	if h.OperatorKey == "" || subtle.ConstantTimeCompare([]byte(hashKey(key)), []byte(hashKey(h.OperatorKey))) != 1 {
		return h.wrongKey(r)
	}
	return nil
}

// Report is what someone said against a project.
type Report struct {
	Project string `json:"project"`
	Title   string `json:"title"`
	Reason  string `json:"reason"`
	Created string `json:"created"`
	Hidden  int    `json:"hidden"`
}

// reports lists what was reported, the latest first.
func (h *Hub) reports(r *http.Request) (reply, error) {
	if err := h.operator(r); err != nil {
		return reply{}, err
	}
	list := []Report{}
	err := h.each(r.Context(), "SELECT report.project, title, reason, report.created, hidden FROM report JOIN project ON project.id = report.project ORDER BY report.created DESC, report.project, reporter LIMIT 500", nil, func(scan func(...any) error) error {
		var one Report
		var created int64
		err := scan(&one.Project, &one.Title, &one.Reason, &created, &one.Hidden)
		one.Created = moment(created)
		list = append(list, one)
		return err
	})
	return reply{body: map[string]any{"reports": list}}, err
}

// hide hides a project from everyone but its owner, or shows it again and drops its
// reports.
func (h *Hub) hide(r *http.Request) (reply, error) {
	if err := h.operator(r); err != nil {
		return reply{}, err
	}
	id, err := name(r, "id")
	if err != nil {
		return reply{}, err
	}
	var asked struct {
		Hidden bool `json:"hidden"`
	}
	if err := read(r, maxJSON, &asked); err != nil {
		return reply{}, err
	}
	if err := h.exec(r.Context(), "UPDATE project SET hidden = ? WHERE id = ?", 2*bit(asked.Hidden), id); err != nil {
		return reply{}, err
	}
	if !asked.Hidden {
		err = h.exec(r.Context(), "DELETE FROM report WHERE project = ?", id)
	}
	return reply{body: struct{}{}}, err
}
