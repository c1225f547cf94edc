package hub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"

	"github.com/dongyur/dongyur/core/archive"
)

func fileName(project string, number int, sum string) string {
	return fmt.Sprintf("projects/%s/%d-%s.zip", project, number, sum)
}

// wholeNumber reads a number in a request's path.
func wholeNumber(r *http.Request, part string) (int, error) {
	n, err := strconv.Atoi(r.PathValue(part))
	if err != nil || n < 0 || n > 1_000_000 || strconv.Itoa(n) != r.PathValue(part) {
		return 0, failf(http.StatusNotFound, "There is nothing of this number.")
	}
	return n, nil
}

// putVersion stores a project's zip as its next version. The same zip under the same
// number is that version, however often it is sent.
func (h *Hub) putVersion(r *http.Request) (reply, error) {
	number, err := wholeNumber(r, "number")
	if err != nil {
		return reply{}, err
	}
	p, _, err := h.ownProject(r)
	if err != nil {
		return reply{}, err
	}
	packed, err := h.readZip(r)
	if err != nil {
		return reply{}, err
	}
	digest := sha256.Sum256(packed)
	sum := hex.EncodeToString(digest[:])
	ctx := r.Context()
	latest, stored, err := h.versionAt(ctx, p.ID, number)
	switch {
	case err != nil:
		return reply{}, err
	case stored == sum:
		return h.showProject(ctx, p.ID, true)
	case number != latest+1:
		return reply{}, failf(http.StatusConflict, "The latest version is %d; publish the next as %d.", latest, latest+1)
	}
	if err := h.hasRoom(r, int64(len(packed))); err != nil {
		return reply{}, err
	}
	if err := h.store(ctx, p.ID, number, sum, packed); err != nil {
		return reply{}, err
	}
	if err := h.dropVersions(ctx, p.ID, number-h.Limits.Versions); err != nil {
		return reply{}, err
	}
	return h.showProject(ctx, p.ID, true)
}

// readZip reads and checks the zip of a request.
func (h *Hub) readZip(r *http.Request) ([]byte, error) {
	if r.Header.Get("Content-Type") != "application/zip" {
		return nil, failf(http.StatusUnsupportedMediaType, "Send the page's zip, with Content-Type: application/zip.")
	}
	tooLarge := failf(http.StatusRequestEntityTooLarge, "The project is larger than %d MB: delete runs that need not be shared, and publish again.", h.Limits.Zip>>20)
	if r.ContentLength > h.Limits.Zip {
		return nil, tooLarge
	}
	packed, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	if errors.As(err, &large) || int64(len(packed)) > h.Limits.Zip {
		return nil, tooLarge
	}
	if err != nil {
		return nil, err
	}
	if _, err := archive.Check(packed, uint64(h.Limits.Unpacked)); err != nil {
		return nil, failf(http.StatusUnprocessableEntity, "The project was not published: %v.", err)
	}
	return packed, nil
}

// versionAt gives the number of the latest version, and the hash of the one at a number.
func (h *Hub) versionAt(ctx context.Context, id string, number int) (latest int, sum string, err error) {
	_, err = h.one(ctx, "SELECT coalesce(max(number), 0), coalesce(max(CASE WHEN number = ? THEN sha256 END), '') FROM version WHERE project = ? AND ready = 1", []any{number, id}, &latest, &sum)
	return latest, sum, err
}

// hasRoom bounds what one address, and everyone, stores.
func (h *Hub) hasRoom(r *http.Request, size int64) error {
	if err := h.take(r, "publish", h.Limits.Publishes); err != nil {
		return err
	}
	var stored int64
	if _, err := h.one(r.Context(), "SELECT coalesce(sum(size), 0) FROM version", nil, &stored); err != nil {
		return err
	}
	if stored+size > h.Limits.Stored {
		return failf(http.StatusInsufficientStorage, "This hub is full; export the project as a file, and tell who runs the hub.")
	}
	return nil
}

// store notes a version, stores its file and only then shows it. A version that a crash
// cut off is written over by the next one, or swept.
func (h *Hub) store(ctx context.Context, id string, number int, sum string, packed []byte) error {
	now := h.now()
	if err := h.exec(ctx, `INSERT INTO version (project, number, size, sha256, created) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (project, number) DO UPDATE SET size = excluded.size, sha256 = excluded.sha256, created = excluded.created WHERE ready = 0`,
		id, number, len(packed), sum, now); err != nil {
		return err
	}
	if err := h.Files.Put(ctx, fileName(id, number, sum), packed); err != nil {
		return err
	}
	if err := h.exec(ctx, "UPDATE project SET changed = ?, expires = ? WHERE id = ?", now, now+int64(h.Limits.Days)*day, id); err != nil {
		return err
	}
	var ready int
	shown, err := h.one(ctx, "UPDATE version SET ready = 1 WHERE project = ? AND number = ? AND sha256 = ? RETURNING ready", []any{id, number, sum}, &ready)
	if err == nil && !shown {
		err = failf(http.StatusConflict, "Another version %d was published at the same moment; publish again.", number)
	}
	return err
}

// getVersion gives the zip of a version; 0 is the latest.
func (h *Hub) getVersion(r *http.Request) (reply, error) {
	id, err := name(r, "id")
	if err != nil {
		return reply{}, err
	}
	number, err := wholeNumber(r, "number")
	if err != nil {
		return reply{}, err
	}
	ctx := r.Context()
	p, err := h.findProject(ctx, id)
	if err != nil {
		return reply{}, err
	}
	if !p.open() {
		return reply{}, failf(http.StatusNotFound, notShown)
	}
	var sum string
	found, err := h.one(ctx, "SELECT number, sha256 FROM version WHERE project = ? AND ready = 1 AND (number = ? OR ? = 0) ORDER BY number DESC LIMIT 1", []any{id, number, number}, &number, &sum)
	if err == nil && !found {
		err = failf(http.StatusNotFound, "The project has no such version any more.")
	}
	if err != nil {
		return reply{}, err
	}
	packed, err := h.Files.Get(ctx, fileName(id, number, sum))
	if errors.Is(err, fs.ErrNotExist) {
		err = failf(http.StatusNotFound, notShown)
	}
	return reply{raw: packed, kind: "application/zip", name: id + "-" + strconv.Itoa(number) + ".dongyur.zip", tag: sum, cache: cacheTime}, err
}

// dropVersions takes away the versions up to a number.
func (h *Hub) dropVersions(ctx context.Context, id string, upTo int) error {
	return h.dropWhere(ctx, "project = ? AND number <= ?", id, upTo)
}

// dropWhere takes versions away: their files first, so that none is left without its row.
func (h *Hub) dropWhere(ctx context.Context, where string, args ...any) error {
	type version struct {
		project, sum string
		number       int
	}
	var list []version
	err := h.each(ctx, "SELECT project, number, sha256 FROM version WHERE "+where+" LIMIT 100", args, func(scan func(...any) error) error {
		var v version
		err := scan(&v.project, &v.number, &v.sum)
		list = append(list, v)
		return err
	})
	for _, v := range list {
		if err == nil {
			err = h.Files.Delete(ctx, fileName(v.project, v.number, v.sum))
		}
		if err == nil {
			err = h.exec(ctx, "DELETE FROM version WHERE project = ? AND number = ? AND sha256 = ?", v.project, v.number, v.sum)
		}
	}
	return err
}
