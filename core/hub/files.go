package hub

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

// Files keeps the zips of projects by name. Put replaces; Delete of what is not there is
// no error; Get of it gives fs.ErrNotExist.
type Files interface {
	Put(ctx context.Context, name string, content []byte) error
	Get(ctx context.Context, name string) ([]byte, error)
	Delete(ctx context.Context, name string) error
}

// InDatabase keeps files in the database itself, in pieces, so that a backup is one file.
type InDatabase struct{ DB *sql.DB }

const pieceSize = 1 << 20

// Put stores the pieces; a version is shown only after all are there.
func (f InDatabase) Put(ctx context.Context, name string, content []byte) error {
	if err := f.Delete(ctx, name); err != nil {
		return err
	}
	for part := 0; part*pieceSize < len(content); part++ {
		piece := content[part*pieceSize : min((part+1)*pieceSize, len(content))]
		if _, err := f.DB.ExecContext(ctx, "INSERT INTO file (name, part, content) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET content = excluded.content", name, part, piece); err != nil {
			return fmt.Errorf("keep %s: %w", name, err)
		}
	}
	return nil
}

// Get puts the pieces together.
func (f InDatabase) Get(ctx context.Context, name string) ([]byte, error) {
	rows, err := f.DB.QueryContext(ctx, "SELECT content FROM file WHERE name = ? ORDER BY part", name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var content []byte
	for rows.Next() {
		var piece []byte
		if err := rows.Scan(&piece); err != nil {
			return nil, err
		}
		content = append(content, piece...)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if content == nil {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return content, nil
}

// Delete removes all pieces.
func (f InDatabase) Delete(ctx context.Context, name string) error {
	_, err := f.DB.ExecContext(ctx, "DELETE FROM file WHERE name = ?", name)
	return err
}

// Migrations are the files that make the tables, in the order of their names; wrangler
// reads the same folder.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Migrate brings a database up to date, and keeps account of it in the table that
// wrangler uses. A file of which only a part was done is an error that names it.
func Migrate(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)"); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	list, err := fs.Glob(Migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	for _, path := range list {
		if err := migrateOne(ctx, db, strings.TrimPrefix(path, "migrations/")); err != nil {
			return fmt.Errorf("migrate %s: %w", path, err)
		}
	}
	return nil
}

func migrateOne(ctx context.Context, db *sql.DB, name string) error {
	content, err := fs.ReadFile(Migrations, "migrations/"+name)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it has nothing to undo
	var done int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM d1_migrations WHERE name = ?", name).Scan(&done); err != nil || done > 0 {
		return err
	}
	for _, statement := range Statements(string(content)) {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%w, in %q", err, statement)
		}
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO d1_migrations (name) VALUES (?)", name); err != nil {
		return err
	}
	return tx.Commit()
}

// Statements cuts a migration at the empty lines between its statements, without
// comments.
func Statements(content string) []string {
	var list []string
	for _, part := range strings.Split(content, "\n\n") {
		var lines []string
		for _, line := range strings.Split(part, "\n") {
			if line != "" && !strings.HasPrefix(line, "--") {
				lines = append(lines, line)
			}
		}
		if len(lines) > 0 {
			list = append(list, strings.Join(lines, "\n"))
		}
	}
	return list
}
