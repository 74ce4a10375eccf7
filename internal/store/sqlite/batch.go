package sqlite

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"parley/ident"
	"parley/internal/store"
)

// batch is what the transactions of one commit share: rows that many of them read, each read
// once, and rows that they write, written together before the commit or before a statement
// that may read them. Nobody else writes meanwhile, so what was read stays true.
type batch struct {
	conn          *conn
	conversations map[ident.ConversationID]*conversation
	members       map[membership]store.Member
	heads         map[ident.AccountID]*head
	// moved are the conversations with entries that their rows do not tell of yet, and feed the
	// rows of these entries.
	moved []*conversation
	feed  []feedRow
	// failed is why rows could not be written; nothing of the batch is committed then.
	failed error
}

// conversation is a conversation with its hearers, which are nil until they are read. moved is
// set while it is among those of the batch.
type conversation struct {
	store.Conversation
	moved   bool
	hearers []hearer
}

// hearer is an account of a conversation. shut is set if it blocks the other one.
type hearer struct {
	account ident.AccountID
	shut    bool
	head    *head
}

// head is the last position of an account's feed, and the last that is written.
type head struct{ last, written int64 }

type membership struct {
	conversation ident.ConversationID
	device       ident.DeviceID
}

// feedRow is a row of the table feed.
type feedRow struct {
	account  ident.AccountID
	position int64
	entry    int64
}

func newBatch(c *conn) *batch {
	b := &batch{conn: c}
	b.forget()
	return b
}

func (b *batch) forget() {
	b.conversations = make(map[ident.ConversationID]*conversation)
	b.members = make(map[membership]store.Member)
	b.heads = make(map[ident.AccountID]*head)
}

// apart are the statements that neither read what waits to be written nor write what was
// read: those that the transactions of most batches consist of.
var apart = map[string]bool{
	"createEntry": true, "findAckState": true, "findConversation": true, "findEntryByMessage": true, "findMember": true, "listConversationAccounts": true,
	"listHearers": true, "listNewlyDelivered": true, "listWriters": true, "putWriter": true, "raiseDelivered": true, "raiseRead": true,
	"touchDevice": true, "updateCursor": true, "updateDelivered": true,
}

// before is called with the name of each statement. Without a batch there is nothing to do.
func (b *batch) before(name string) error {
	if b == nil {
		return nil
	}
	if apart[name] {
		return b.failed
	}
	if err := b.flush(); err != nil {
		return err
	}
	if !queries.Reads(name) {
		b.forget()
	}
	return nil
}

// flush writes what waits.
func (b *batch) flush() error {
	if b.failed == nil {
		b.failed = asStoreError(b.write())
	}
	return b.failed
}

func (b *batch) write() error {
	for _, c := range b.moved {
		if _, err := b.conn.exec("moveConversation", int64(c.LastSequence), c.LastActive.UnixMilli(), c.ID[:]); err != nil {
			return err
		}
		c.moved = false
	}
	b.moved = b.moved[:0]
	return b.writeFeed()
}

// writeFeed inserts the waiting rows in the order of the table, so that neighbours are
// written together.
func (b *batch) writeFeed() error {
	if len(b.feed) == 0 {
		return nil
	}
	slices.SortFunc(b.feed, func(x, y feedRow) int {
		return cmp.Or(bytes.Compare(x.account[:], y.account[:]), cmp.Compare(x.position, y.position))
	})
	rest := b.feed
	for _, n := range feedChunks {
		for len(rest) >= n {
			args := make([]any, 0, 3*n)
			for i := range rest[:n] {
				r := &rest[i]
				args = append(args, r.account[:], r.position, r.entry)
			}
			if _, err := b.conn.exec(feedRows(n), args...); err != nil {
				return err
			}
			rest = rest[n:]
		}
	}
	b.feed = b.feed[:0]
	for _, h := range b.heads {
		h.written = h.last
	}
	return nil
}

// headOf returns the head of an account as it was read.
func (b *batch) headOf(account ident.AccountID, last int64) *head {
	h, ok := b.heads[account]
	if !ok {
		h = &head{last: last, written: last}
		b.heads[account] = h
	}
	return h
}

// move notes that an entry was appended to a conversation.
func (b *batch) move(c *conversation, e *store.Entry) {
	c.LastSequence, c.LastActive = e.Sequence, time.UnixMilli(e.Time.UnixMilli())
	if !c.moved {
		c.moved = true
		b.moved = append(b.moved, c)
	}
}
