package postgres

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/ident"
	"parley/internal/store"
	"parley/internal/store/sqlstore"
	"parley/wire"
)

// columns are those of a row in PostgreSQL's binary format, read one after the other.
type columns [][]byte

// next returns the next column; NULL is nil. It is valid until the next row.
func (c *columns) next() []byte {
	column := (*c)[0]
	*c = (*c)[1:]
	return column
}

func (c *columns) number() int64 {
	switch b := c.next(); len(b) {
	case 4:
		return int64(int32(binary.BigEndian.Uint32(b)))
	case 8:
		return int64(binary.BigEndian.Uint64(b))
	default:
		return 0
	}
}

func (c *columns) unsigned() uint64 { return uint64(c.number()) }

func (c *columns) isTrue() bool {
	b := c.next()
	return len(b) == 1 && b[0] != 0
}

func nextID[T ident.ID](c *columns) T { return sqlstore.ID[T](c.next()) }

// bytes returns a copy of the next column.
func (c *columns) bytes() []byte { return bytes.Clone(c.next()) }

func columnsOf(rows pgx.Rows) columns { return rows.RawValues() }

func (s *workingSet) putConversation(row *columns) *conversation {
	c := s.conversation(nextID[ident.ConversationID](row))
	if c.found {
		*row = (*row)[7:]
		return c
	}
	c.found = true
	c.Kind, c.Epoch, c.LastSequence = wire.ConversationKind(row.number()), row.unsigned(), row.unsigned()
	c.LastActive, c.Suite, c.Removals = time.UnixMilli(row.number()), uint16(row.number()), int(row.number())
	if c.Group = row.bytes(); c.Group == nil {
		c.Group = c.ID[:]
	}
	return c
}

func (s *workingSet) readShare(rows pgx.Rows) error {
	row := columnsOf(rows)
	c := s.conversation(nextID[ident.ConversationID](&row))
	s.putShare(c, &row)
	return nil
}

func (s *workingSet) putShare(c *conversation, row *columns) {
	id := row.next()
	if id == nil {
		return // there is none
	}
	a := s.account(sqlstore.ID[ident.AccountID](id))
	if c.shares[a.id] == nil {
		c.shares[a.id] = &share{
			conversation: c, account: a, since: row.unsigned(), shut: row.isTrue(), delivered: row.unsigned(), read: row.unsigned(),
			deliveredAt: row.number(), readAt: row.number(),
		}
	}
}

func (s *workingSet) readOwnShare(rows pgx.Rows) error {
	row := columnsOf(rows)
	c := s.putConversation(&row)
	c.whole = c.whole || !c.isGroup()
	s.putShare(c, &row)
	return nil
}

// readSend reads the conversation of a message, the member that sends it, and the entry that has its
// id already, if there is one.
func (s *workingSet) readSend(rows pgx.Rows) error {
	row := columnsOf(rows)
	c := s.putConversation(&row)
	device, id := nextID[ident.DeviceID](&row), nextID[ident.MessageID](&row)
	m := &store.Member{Device: device, Account: nextID[ident.AccountID](&row), Leaf: uint32(row.number()), Removed: row.isTrue(), Key: row.bytes()}
	if m.Key != nil {
		m.Removed = m.Removed || c.shares[m.Account] == nil // the account has left
		s.members[memberName{c.ID, device}] = m
	}
	e := &store.Entry{
		Conversation: c.ID, ID: id, Sequence: row.unsigned(), Kind: wire.EntryKind(row.number()),
		SenderAccount: nextID[ident.AccountID](&row), SenderDevice: nextID[ident.DeviceID](&row),
		Epoch: row.unsigned(), Time: time.UnixMilli(row.number()), Former: row.unsigned(),
	}
	if e.Sequence > 0 {
		s.entries[messageName{c.ID, id}] = e
	}
	return nil
}

func (s *workingSet) readAccount(rows pgx.Rows) error {
	row := columnsOf(rows)
	s.putAccount(&row)
	return nil
}

func (s *workingSet) putAccount(row *columns) *account {
	a := s.account(nextID[ident.AccountID](row))
	a.asked, a.found, a.head, a.delivered = true, true, row.unsigned(), row.unsigned()
	return a
}

// readAck reads a device that acknowledges a position, and a conversation of which its account has
// not acknowledged everything up to there, if there is one.
func (s *workingSet) readAck(rows pgx.Rows) error {
	row := columnsOf(rows)
	d := &device{id: nextID[ident.DeviceID](&row), cursor: row.unsigned()}
	position := row.unsigned()
	d.account = s.putAccount(&row)
	if s.devices[d.id] == nil {
		s.devices[d.id] = d
	}
	if id := row.next(); id != nil {
		name := ackName{d.id, position}
		s.news[name] = append(s.news[name], entryName{sqlstore.ID[ident.ConversationID](id), row.number()})
	}
	return nil
}
