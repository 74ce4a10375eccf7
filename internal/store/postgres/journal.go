package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"

	"github.com/jackc/pgx/v5"

	"parley/ident"
	"parley/internal/store"
	"parley/internal/store/sqlstore"
)

// noticePage is how many rows of notices are read at a time.
const noticePage = 256

// journal is how far this relay has followed the notices of the others.
type journal struct {
	relay    store.RelayID
	follower store.Follower

	// mu is held while a notice is applied, for a moment.
	mu      sync.Mutex
	applied uint64
}

// notice is a row of the table: everything that one commit says. Its body is nil if it is our own.
type notice struct {
	number uint64
	body   []byte
}

func scanNotice(row sqlstore.Scanner) (n notice, err error) {
	var number int64
	err = row.Scan(&number, &n.body)
	n.number = uint64(number)
	return n, err
}

// Follow implements store.Journal.
func (s *Store) Follow(ctx context.Context, relay store.RelayID, f store.Follower) error {
	j := &journal{relay: relay, follower: f}
	// Our own turn: every transaction either came before it, or reads the journal.
	return s.Update(ctx, func(t store.Tx) error {
		var last int64
		if err := t.(*tx).Row("findLastNotice").Scan(&last); err != nil {
			return err
		}
		j.applied = uint64(last)
		s.journal.Store(j)
		return nil
	})
}

// CatchUp implements store.Journal.
func (s *Store) CatchUp(ctx context.Context) error {
	j := s.journal.Load()
	if j == nil {
		return nil
	}
	for {
		var page []notice
		err := s.View(ctx, func(r store.Reader) (err error) {
			page, err = j.read(r.(*tx))
			return err
		})
		if err != nil {
			return err
		}
		j.apply(page)
		if len(page) < noticePage {
			return nil
		}
	}
}

// Applied implements store.Journal.
func (s *Store) Applied() uint64 {
	if j := s.journal.Load(); j != nil {
		return j.last()
	}
	return 0
}

// read returns what is new.
func (j *journal) read(t *tx) ([]notice, error) {
	return sqlstore.List(t, scanNotice, "listNotices", int64(j.last()), j.relay[:], noticePage)
}

// ask queues the reading of what is new, up to a page.
func (j *journal) ask(t *statements) *[]notice {
	page := new([]notice)
	t.ask(func(row pgx.Rows) error {
		n, err := scanNotice(row)
		*page = append(*page, n)
		return err
	}, "listNotices", int64(j.last()), j.relay[:], noticePage)
	return page
}

// apply gives what has not been applied yet to the follower.
func (j *journal) apply(page []notice) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, n := range page {
		if n.number <= j.applied {
			continue
		}
		if n.number > j.applied+1 {
			j.follower.Missed()
		}
		j.applied = n.number
		for _, one := range split(n.body) {
			j.follower.Apply(one)
		}
	}
}

// catchUpIn applies everything that came before a transaction, which has taken its turn: nobody
// adds to it meanwhile.
func (j *journal) catchUpIn(t *tx) error {
	for {
		page, err := j.read(t)
		if err != nil {
			return err
		}
		j.apply(page)
		if len(page) < noticePage {
			return nil
		}
	}
}

// written notes that a transaction with a row of ours is on disk.
func (j *journal) written(number uint64) {
	j.mu.Lock()
	j.applied = max(j.applied, number)
	j.mu.Unlock()
	j.follower.Written(number)
}

// last is the number of the last row that was applied.
func (j *journal) last() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.applied
}

// split takes the notices of a row apart: each stands behind its length as a uvarint.
func split(body []byte) (notices [][]byte) {
	for len(body) > 0 {
		size, n := binary.Uvarint(body)
		if n <= 0 || size > uint64(len(body)-n) {
			return notices // of a version that writes otherwise
		}
		notices = append(notices, body[n:n+int(size)])
		body = body[n+int(size):]
	}
	return notices
}

var (
	_ store.Journal  = (*Store)(nil)
	_ store.SharedTx = (*tx)(nil)
)

// errAlone: the store is not followed.
var errAlone = errors.New("postgres: the store is not shared")

// IsShared implements store.SharedTx.
func (t *tx) IsShared() bool { return t.journal != nil }

// Notify implements store.SharedTx.
func (t *tx) Notify(notice []byte) {
	if t.journal != nil {
		t.notices = append(binary.AppendUvarint(t.notices, uint64(len(notice))), notice...)
	}
}

// Enter implements store.SharedTx.
func (t *tx) Enter(device ident.DeviceID) (connection uint64, err error) {
	if t.journal == nil {
		return 0, errAlone
	}
	var number int64
	err = t.Change("enterDevice", device[:], t.journal.relay[:]).Scan(&number)
	return uint64(number), err
}

// Leave implements store.SharedTx.
func (t *tx) Leave(device ident.DeviceID, connection uint64) error {
	return t.Do("leaveDevice", device[:], int64(connection))
}

// NoteRelay implements store.SharedTx.
func (t *tx) NoteRelay() error {
	if t.journal == nil {
		return errAlone
	}
	return t.Do("noteRelay", t.journal.relay[:])
}

// ForgetRelay implements store.SharedTx.
func (t *tx) ForgetRelay() error {
	if t.journal == nil {
		return errAlone
	}
	return t.Do("forgetRelay", t.journal.relay[:])
}

// DeleteNotices implements store.SharedTx.
func (t *tx) DeleteNotices() error {
	return errors.Join(t.Do("deleteNotices"), t.Do("deleteRelays"))
}

// ListConnected implements store.SharedReader.
func (t *tx) ListConnected(account ident.AccountID) ([]ident.DeviceID, error) {
	if t.journal == nil {
		return nil, nil
	}
	return sqlstore.List(t, func(row sqlstore.Scanner) (ident.DeviceID, error) {
		var id []byte
		err := row.Scan(&id)
		return sqlstore.ID[ident.DeviceID](id), err
	}, "listConnected", account[:], t.journal.relay[:])
}

// ListRelays implements store.SharedReader.
func (t *tx) ListRelays() ([]store.RelayID, error) {
	return sqlstore.List(t, func(row sqlstore.Scanner) (id store.RelayID, err error) {
		var b []byte
		if err = row.Scan(&b); err == nil {
			copy(id[:], b)
		}
		return id, err
	}, "listRelays")
}

// IsFirst implements store.SharedReader.
func (t *tx) IsFirst() (first bool, err error) {
	if t.journal == nil {
		return true, nil
	}
	err = t.Row("isFirst", t.journal.relay[:]).Scan(&first)
	return first, err
}

// ClaimWake implements store.SharedTx.
func (t *tx) ClaimWake(device ident.DeviceID, atMS, sinceMS int64) (claimed bool, err error) {
	err = t.Change("claimWake", device[:], atMS, sinceMS).Scan(&claimed)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return claimed, err
}
