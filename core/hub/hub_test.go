//go:build !js

package hub_test

import (
	"context"
	"database/sql"
	"flag"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/dongyur/dongyur/core/hub"
	"github.com/dongyur/dongyur/core/hub/hubtest"
	"github.com/dongyur/dongyur/core/hub/sqlite"
)

var update = flag.Bool("update", false, "write hubtest/testdata/golden.txt anew")

// opened is an empty hub on SQLite with a clock that a test may move.
func opened(t testing.TB, change func(*hub.Config)) (*hub.Hub, *sql.DB, *time.Time) {
	t.Helper()
	db, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "hub.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	clock := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	config := hub.Config{DB: db, Files: hub.InDatabase{DB: db}, Now: func() time.Time { return clock },
		Address: func(r *http.Request) string { return r.Header.Get(hubtest.AddressHeader) }, OperatorKey: hubtest.Key("operator")}
	if change != nil {
		change(&config)
	}
	return hub.New(config), db, &clock
}

func TestSuite(t *testing.T) {
	h, _, _ := opened(t, func(c *hub.Config) { c.Now = nil })
	server := httptest.NewServer(h)
	defer server.Close()
	if *update {
		hubtest.Update = "hubtest/testdata/golden.txt"
	}
	hubtest.Run(t, server.URL)
}
