// Package sqlite opens the hub's database on this machine.
//
// Input: a file's name. Output: the database, with all migrations done. It is a package
// of its own so that the hub at the edge, which has D1, does not carry SQLite.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/dongyur/dongyur/core/hub"
)

// Readers and the one writer that SQLite has; more only wait for each other.
const connections = 4

// Open opens or makes a hub's database. What a request was told is done survives the
// program's end at any moment; when the machine itself loses power, the latest seconds may
// be lost and the rest is whole, as the log is synced at checkpoints. To sync every commit
// made a vote seven times as slow on a disk that takes 4 ms for it.
func Open(ctx context.Context, path string) (*sql.DB, error) {
	options := url.Values{"_pragma": {"journal_mode(wal)", "synchronous(normal)", "busy_timeout(10000)", "foreign_keys(on)", "secure_delete(on)"}, "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: options.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open the hub's database %s: %w", path, err)
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	if err := hub.Migrate(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("open the hub's database %s: %w", path, err), db.Close())
	}
	return db, nil
}
