//go:build !js

package hub_test

import (
	"context"
	"database/sql"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dongyur/dongyur/core/archive"
	"github.com/dongyur/dongyur/core/hub"
	"github.com/dongyur/dongyur/core/hub/hubtest"
	"github.com/dongyur/dongyur/core/hub/sqlite"
)

const marker = "TENTS-AND-YAKS-7f3a" // in every text below

// filled is a hub with a project and a campaign that was voted on.
func filled(t *testing.T, c *hubtest.Client) {
	t.Helper()
	packed, err := archive.Pack(map[string][]byte{archive.ManifestName: []byte(`{"format":"dongyur-project","version":1,"name":"` + marker + `"}`), "a.safetensors": []byte(marker)})
	if err != nil {
		t.Fatal(err)
	}
	id := hub.NameOf("project", hubtest.Key(marker))
	about := hub.ProjectAbout{Title: marker, SourceLang: "bo", TargetLang: "zh", Task: "translate", Licence: "CC0-1.0", Note: marker, Published: true}
	c.Want(200, "PUT", "/hub/projects/"+id, hubtest.Key(marker), about, nil)
	c.Want(200, "PUT", "/hub/projects/"+id+"/versions/1", hubtest.Key(marker), packed, nil)
	c.Want(200, "POST", "/hub/projects/"+id+"/reports", "", map[string]string{"reason": marker}, nil)
	asked := hubtest.Pairs(marker, 3)
	asked.Days = 30
	campaign := c.Campaign(asked)
	c.VoteAll(c.Rater(campaign, hubtest.Key(marker), marker), 9)
}

// left counts the rows of every table but those that hold no one's texts.
func left(t *testing.T, db *sql.DB) int {
	t.Helper()
	total := 0
	for _, table := range []string{"project", "version", "file", "report", "campaign", "item", "rater", "slot"} {
		var n int
		if err := db.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		total += n
	}
	return total
}

// What has expired is refused at once, and gone from every table after a sweep.
func TestExpiry(t *testing.T) {
	h, db, clock := opened(t, nil)
	server := httptest.NewServer(h)
	defer server.Close()
	c := &hubtest.Client{T: t, Base: server.URL}
	filled(t, c)
	key := hubtest.Key(marker)
	campaign, project := "/hub/campaigns/"+hub.NameOf("campaign", key), "/hub/projects/"+hub.NameOf("project", key)
	*clock = clock.Add(29 * 24 * time.Hour)
	c.Want(200, "GET", campaign, key, nil, nil)
	*clock = clock.Add(25 * time.Hour)
	c.Want(404, "GET", campaign, key, nil, nil)
	c.Want(404, "GET", "/hub/vote", key, nil, nil)
	c.Want(200, "GET", project, "", nil, nil)
	*clock = clock.Add(340 * 24 * time.Hour)
	c.Want(404, "GET", project, "", nil, nil)
	if left(t, db) == 0 {
		t.Fatal("nothing was there to sweep")
	}
	if err := h.Sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := left(t, db); n != 0 {
		t.Errorf("%d rows are left after the sweep", n)
	}
}

// A deletion leaves no byte of anyone's text in the database's file.
func TestDeletedIsGoneFromTheDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	db, err := sqlite.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	server := httptest.NewServer(hub.New(hub.Config{DB: db, Files: hub.InDatabase{DB: db}}))
	defer server.Close()
	c := &hubtest.Client{T: t, Base: server.URL}
	filled(t, c)
	told := func() bool {
		if _, err := db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(data), marker)
	}
	if !told() {
		t.Fatal("the marker is not in the database before")
	}
	key := hubtest.Key(marker)
	c.Want(200, "DELETE", "/hub/projects/"+hub.NameOf("project", key), key, nil, nil)
	c.Want(200, "DELETE", "/hub/campaigns/"+hub.NameOf("campaign", key), key, nil, nil)
	if n := left(t, db); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	if told() {
		t.Error("the database's file still holds a deleted text")
	}
}

// broken are files whose store fails.
type broken struct{ hub.Files }

func (broken) Put(context.Context, string, []byte) error { return errors.New("no room") }

// A version whose file could not be stored is not shown, and swept.
func TestHalfAPublication(t *testing.T) {
	h, db, clock := opened(t, func(c *hub.Config) { c.Files = broken{c.Files} })
	server := httptest.NewServer(h)
	defer server.Close()
	c := &hubtest.Client{T: t, Base: server.URL}
	key := hubtest.Key("half")
	path := "/hub/projects/" + hub.NameOf("project", key)
	about := hub.ProjectAbout{Title: "half", SourceLang: "bo", TargetLang: "zh", Task: "translate", Licence: "CC0-1.0", Published: true}
	c.Want(200, "PUT", path, key, about, nil)
	packed, err := archive.Pack(map[string][]byte{archive.ManifestName: []byte(`{"format":"dongyur-project","version":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	c.Want(500, "PUT", path+"/versions/1", key, packed, nil)
	c.Want(404, "GET", path, "", nil, nil)
	*clock = clock.Add(2 * time.Hour)
	if err := h.Sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.QueryRow("SELECT count(*) FROM version").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d versions are left: %v", n, err)
	}
}

// Who runs the hub reads reports and hides what should not be there.
func TestOperator(t *testing.T) {
	h, _, _ := opened(t, nil)
	server := httptest.NewServer(h)
	defer server.Close()
	c := &hubtest.Client{T: t, Base: server.URL}
	filled(t, c)
	path := "/hub/projects/" + hub.NameOf("project", hubtest.Key(marker))
	var list struct{ Reports []hub.Report }
	c.Want(200, "GET", "/hub/reports", hubtest.Key("operator"), nil, &list)
	if len(list.Reports) != 1 || list.Reports[0].Reason != marker {
		t.Errorf("%+v", list)
	}
	c.Want(200, "POST", path+"/hide", hubtest.Key("operator"), map[string]bool{"hidden": true}, nil)
	c.Want(404, "GET", path, "", nil, nil)
	c.Want(404, "GET", path+"/versions/1", "", nil, nil)
	var own hub.Project
	c.Want(200, "GET", path, hubtest.Key(marker), nil, &own)
	if !own.Hidden {
		t.Error("the owner is not told that the project is hidden")
	}
	c.Want(200, "POST", path+"/hide", hubtest.Key("operator"), map[string]bool{"hidden": false}, nil)
	c.Want(200, "GET", path, "", nil, nil)
}
