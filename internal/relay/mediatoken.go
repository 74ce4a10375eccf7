package relay

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"parley/ident"
	"parley/internal/media"
	"parley/internal/store"
	"parley/wire"
)

// MediaGrant is what the token of a ticket lets its holder do.
type MediaGrant struct {
	// ID is the one file that may be reached.
	ID      media.ID
	Account ident.AccountID
	// Size in bytes, as announced.
	Size int64
	// Upload lets the holder write and remove the file; otherwise it may be read.
	Upload bool
	// Expires is when a request may begin at the latest.
	Expires time.Time
}

// A token is version 1, upload 0/1, media id 16, account id 16, size 8, expiry in
// Unix milliseconds 8, all big-endian, and HMAC-SHA256 of these. Relays on one
// store have one key, so each takes the tokens of the others.
const (
	mediaTokenVersion = 1
	mediaTokenBody    = 2 + 2*wire.IDSize + 16
)

var mediaTokenText = base64.RawURLEncoding

// mediaTicket makes the ticket for a file.
func (r *Relay) mediaTicket(m store.Media, upload bool) *wire.MediaTicket {
	g := MediaGrant{ID: media.ID(m.ID), Account: m.Account, Size: m.Size, Upload: upload, Expires: r.now().Add(mediaTokenLifetime)}
	return &wire.MediaTicket{
		Token: r.mediaToken(g), ExpiresInMS: uint64(mediaTokenLifetime.Milliseconds()),
		Size: uint64(m.Size), Finished: m.Hash != nil,
	}
}

func (r *Relay) mediaToken(g MediaGrant) string {
	b := make([]byte, 2, mediaTokenBody+sha256.Size)
	b[0] = mediaTokenVersion
	if g.Upload {
		b[1] = 1
	}
	b = append(append(b, g.ID[:]...), g.Account[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(g.Size))
	b = binary.BigEndian.AppendUint64(b, uint64(g.Expires.UnixMilli()))
	return mediaTokenText.EncodeToString(r.signMedia(b))
}

// signMedia appends the authentication code of a token's body.
func (r *Relay) signMedia(body []byte) []byte {
	key := hmac.New(sha256.New, r.identity.Signer.Seed())
	key.Write([]byte("parley media token v1"))
	code := hmac.New(sha256.New, key.Sum(nil))
	code.Write(body)
	return code.Sum(body)
}

// GrantMedia reads a token; ok says whether it is one of this relay's and still
// good.
func (r *Relay) GrantMedia(token string) (g MediaGrant, ok bool) {
	b, err := mediaTokenText.DecodeString(token)
	if err != nil || len(b) != mediaTokenBody+sha256.Size || b[0] != mediaTokenVersion {
		return g, false
	}
	if !hmac.Equal(b, r.signMedia(b[:mediaTokenBody:mediaTokenBody])) {
		return g, false
	}
	g.Upload = b[1] == 1
	copy(g.ID[:], b[2:])
	copy(g.Account[:], b[2+wire.IDSize:])
	numbers := b[2+2*wire.IDSize:]
	g.Size = int64(binary.BigEndian.Uint64(numbers))
	g.Expires = time.UnixMilli(int64(binary.BigEndian.Uint64(numbers[8:])))
	return g, r.now().Before(g.Expires)
}

// RemoveMedia removes what a grant lets its holder write.
func (r *Relay) RemoveMedia(ctx context.Context, g MediaGrant) error {
	return r.removeMedia(ctx, g.Account, store.MediaID(g.ID))
}
