package hub

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// keySize is a key's length in bytes, drawn in the browser; it travels as unpadded
// base64url.
const keySize = 32

// What a key can be to: the same key has a different name for each.
const (
	ofProject  = "project"
	ofCampaign = "campaign"
	ofRater    = "rater"
)

var names = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NameOf is the name, 16 letters and digits, of what is made with a key: 80 bits of its
// SHA-256, which nobody guesses and which tell nothing of the key.
func NameOf(purpose, key string) string {
	sum := sha256.Sum256([]byte("dongyur hub " + purpose + "\n" + key))
	return names.EncodeToString(sum[:10])
}

func isName(s string) bool {
	if len(s) != 16 {
		return false
	}
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= '2' && r <= '7') {
			return false
		}
	}
	return true
}

// isKey tells whether a text is a key as a browser draws it.
func isKey(key string) bool {
	data, err := base64.RawURLEncoding.Strict().DecodeString(key)
	return err == nil && len(data) == keySize
}

// hashKey is what is kept of a key. It has 256 random bits, so one round will do.
func hashKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// fits compares a key with a hash in constant time.
func fits(key, hash string) bool {
	return hash != "" && subtle.ConstantTimeCompare([]byte(hashKey(key)), []byte(hash)) == 1
}

// bearer is the key that a request carries; an error where it is none.
func bearer(r *http.Request) (string, error) {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || !isKey(key) {
		return "", failf(http.StatusUnauthorized, "This needs its key, as Authorization: Bearer KEY.")
	}
	return key, nil
}

// wrongKey says that a key is not the right one, and soon only that there were too many
// such.
func (h *Hub) wrongKey(r *http.Request) error {
	if err := h.take(r, "wrong", h.Limits.WrongKeys); err != nil {
		return err
	}
	return failf(http.StatusForbidden, "The key is not the one of this; it may have been replaced.")
}

// name is the name in a request's path.
func name(r *http.Request, part string) (string, error) {
	if id := r.PathValue(part); isName(id) {
		return id, nil
	}
	return "", failf(http.StatusNotFound, "There is nothing of this name.")
}

// drawn is a number that follows from a seed and words, the same on every machine.
func drawn(seed int64, words ...string) uint64 {
	h := sha256.New()
	h.Write([]byte(strconv.FormatInt(seed, 10) + "\n" + strings.Join(words, "\n")))
	return binary.LittleEndian.Uint64(h.Sum(nil)) >> 11 // whole in JSON and JavaScript
}

// connection is the address of the connection that a request came by.
func connection(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

const hour = 60 * 60

// take counts one more of what, for an hour, from this address, and fails where that is
// more than most. Of the address a keyed hash is kept, another one each day, and until the
// hour is over.
func (h *Hub) take(r *http.Request, what string, most int) error {
	ctx := r.Context()
	var secret string
	if _, err := h.one(ctx, "SELECT value FROM secret", nil, &secret); err != nil {
		return err
	}
	return h.takeOf(ctx, what+" "+hashAddress(secret, h.now()/day, h.Address(r)), most)
}

// takeOf is take for anything that is named.
func (h *Hub) takeOf(ctx context.Context, bucket string, most int) error {
	now := h.now()
	var used, until int64
	_, err := h.one(ctx, `INSERT INTO quota (bucket, used, until) VALUES (?, 1, ?) ON CONFLICT (bucket) DO UPDATE
		SET used = CASE WHEN until <= ? THEN 1 ELSE used + 1 END, until = CASE WHEN until <= ? THEN excluded.until ELSE until END
		RETURNING used, until`, []any{bucket, now + hour, now, now}, &used, &until)
	if err == nil && used > int64(most) {
		wait := max(until-now, 1)
		return &failure{http.StatusTooManyRequests, "This is too much at once: try again in " + strconv.FormatInt((wait+59)/60, 10) + " minutes.", wait}
	}
	return err
}

// hashAddress hashes an address; of an IPv6 one, the network that a household has.
func hashAddress(secret string, today int64, address string) string {
	if ip, err := netip.ParseAddr(address); err == nil && ip.Unmap().Is6() {
		if network, err := ip.WithZone("").Prefix(64); err == nil {
			address = network.String()
		}
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(strconv.FormatInt(today, 10) + " " + address))
	return hex.EncodeToString(mac.Sum(nil)[:12])
}
