// Package hub is where projects are shared and blind votes are gathered: one
// http.Handler over database/sql. `dongyur serve` runs it on SQLite, wasm/edge on
// Cloudflare's D1 and R2; the same requests get the same bytes from both.
//
// Input: requests below /hub/ and the zip that the page's Export makes. Output: JSON, and
// that zip. There are no accounts: who makes a project, a campaign or a rater's link
// draws a key of 32 random bytes in the browser, and its name on the hub is derived from
// that key. So a request that is sent twice finds what it made the first time, and the
// hub, which keeps only the key's hash, never has to send a secret.
//
// Every change is one SQL statement, as D1 has no transactions; what takes several is
// ordered so that a hub killed between any two of them goes on or is swept.
package hub

import (
	"context"
	"database/sql"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Config is what a hub stands on.
type Config struct {
	DB    *sql.DB // migrated: see Migrate
	Files Files
	Now   func() time.Time // nil: time.Now
	// Address is who asks, for the limits; nil: the connection's address.
	Address func(*http.Request) string
	// OperatorKey lets its holder read reports and hide projects; "" lets nobody.
	OperatorKey string
	Limits      Limits // zero: DefaultLimits
}

// Limits bound what is stored and asked. Counts are for an hour.
type Limits struct {
	Zip        int64 `json:"zip_bytes"`      // of a project's zip
	Unpacked   int64 `json:"unpacked_bytes"` // what it may unpack to
	Stored     int64 `json:"-"`              // of all zips together
	Versions   int   `json:"versions"`       // kept of a project; the oldest goes
	Items      int   `json:"items"`          // of a campaign
	Raters     int   `json:"raters"`         // of a campaign
	Days       int   `json:"project_days"`   // that a project is kept after its latest change
	VoteDays   int   `json:"campaign_days"`  // that a campaign is kept at most
	Publishes  int   `json:"-"`              // projects, campaigns and versions made from one address
	Joins      int   `json:"-"`              // raters that come from one address
	Reports    int   `json:"-"`              // from one address
	WrongKeys  int   `json:"-"`              // from one address
	KeyChanges int   `json:"-"`              // changes made with one key
}

// DefaultLimits are those of `dongyur serve` and of the edge.
var DefaultLimits = Limits{
	Zip: 20 << 20, Unpacked: 256 << 20, Stored: 20 << 30, Versions: 10, Items: 500, Raters: 1000,
	Days: 365, VoteDays: 365, Publishes: 40, Joins: 300, Reports: 10, WrongKeys: 60, KeyChanges: 600,
}

// Hub answers requests below /hub/.
type Hub struct {
	Config
	mux        *http.ServeMux
	mutex      sync.Mutex           // of what follows
	statements map[string]*sql.Stmt // by their text
}

// New makes a hub.
func New(c Config) *Hub {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Address == nil {
		c.Address = connection
	}
	if c.Limits == (Limits{}) {
		c.Limits = DefaultLimits
	}
	h := &Hub{Config: c, mux: http.NewServeMux(), statements: map[string]*sql.Stmt{}}
	for pattern, handle := range map[string]func(*http.Request) (reply, error){
		"GET /hub/about":                            h.about,
		"PUT /hub/projects/{id}":                    h.putProject,
		"GET /hub/projects/{id}":                    h.getProject,
		"DELETE /hub/projects/{id}":                 h.deleteProject,
		"POST /hub/projects/{id}/key":               h.rotateProject,
		"PUT /hub/projects/{id}/versions/{number}":  h.putVersion,
		"GET /hub/projects/{id}/versions/{number}":  h.getVersion,
		"POST /hub/projects/{id}/reports":           h.report,
		"POST /hub/projects/{id}/hide":              h.hide,
		"GET /hub/reports":                          h.reports,
		"GET /hub/gallery":                          h.gallery,
		"PUT /hub/campaigns/{id}":                   h.putCampaign,
		"GET /hub/campaigns/{id}":                   h.getCampaign,
		"DELETE /hub/campaigns/{id}":                h.deleteCampaign,
		"POST /hub/campaigns/{id}/key":              h.rotateCampaign,
		"POST /hub/campaigns/{id}/close":            h.closeCampaign,
		"GET /hub/campaigns/{id}/votes":             h.exportVotes,
		"PUT /hub/campaigns/{id}/raters/{rater}":    h.putRater,
		"DELETE /hub/campaigns/{id}/raters/{rater}": h.deleteRater,
		"GET /hub/vote":                             h.getVoting,
		"POST /hub/vote/next":                       h.nextVote,
		"GET /hub/vote/{position}":                  h.getVote,
		"PUT /hub/vote/{position}":                  h.putVote,
		"DELETE /hub/vote":                          h.withdraw,
	} {
		h.mux.Handle(pattern, h.answer(handle))
	}
	h.mux.Handle("/hub/", h.answer(func(r *http.Request) (reply, error) {
		return reply{}, failf(http.StatusNotFound, "The hub has no %s %s.", r.Method, strings.ToValidUTF8(r.URL.Path, "?"))
	}))
	return h
}

// ServeHTTP answers one request. Pages of other origins can change nothing here, nor
// read anything: no answer allows them to.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, value := range AnswerHeaders {
		w.Header().Set(name, value)
	}
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		writeError(w, failf(http.StatusForbidden, "A page of another origin cannot change anything here."))
		return
	}
	h.mux.ServeHTTP(w, r)
}

// about tells a page that there is a hub, and its terms.
func (h *Hub) about(*http.Request) (reply, error) {
	return reply{cache: cacheTime, body: struct {
		Hub     string `json:"hub"`
		Privacy string `json:"privacy"`
		Limits  Limits `json:"limits"`
	}{"dongyur", "/privacy", h.Limits}}, nil
}

func (h *Hub) now() int64 { return h.Now().Unix() }

const day = 24 * 60 * 60

// statement prepares a query once for all requests.
func (h *Hub) statement(query string) (*sql.Stmt, error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if known := h.statements[query]; known != nil {
		return known, nil
	}
	made, err := h.DB.PrepareContext(context.Background(), query)
	if err == nil {
		h.statements[query] = made
	}
	return made, err
}

// exec runs a statement that returns nothing.
func (h *Hub) exec(ctx context.Context, query string, args ...any) error {
	statement, err := h.statement(query)
	if err == nil {
		_, err = statement.ExecContext(ctx, args...)
	}
	return err
}

// one runs a query and tells whether it gave a row, which is scanned into the variables.
func (h *Hub) one(ctx context.Context, query string, args []any, into ...any) (bool, error) {
	statement, err := h.statement(query)
	if err != nil {
		return false, err
	}
	err = statement.QueryRowContext(ctx, args...).Scan(into...)
	if err == sql.ErrNoRows {
		return false, nil
	}
	return err == nil, err
}

// each runs a query and calls row for every row of it.
func (h *Hub) each(ctx context.Context, query string, args []any, row func(scan func(into ...any) error) error) error {
	statement, err := h.statement(query)
	if err != nil {
		return err
	}
	rows, err := statement.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
