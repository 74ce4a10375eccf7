package postgres

import (
	"github.com/jackc/pgx/v5"

	"parley/ident"
	"parley/internal/store"
)

// maxUnwritten is how many bytes of entries one statement carries, about.
const maxUnwritten = 1 << 20

// unwritten is what a working set has to write: new rows, and rows that have changed.
type unwritten struct {
	bytes         int
	newEntries    entryColumns
	newPlaces     placeColumns
	conversations []*conversation
	accounts      []*account
	devices       []*device
	shares        []*share
	writers       map[shareName]uint64
}

// entryColumns are the columns of new rows of entries.
type entryColumns struct {
	conversations, accounts, devices, ids, messages, welcomes [][]byte
	sequences, kinds, epochs, times, formers                  []int64
}

// placeColumns are the columns of new rows of feed.
type placeColumns struct {
	accounts, conversations            [][]byte
	positions, sequences, sizes, times []int64
	own                                []bool
}

func (u *unwritten) addEntry(e *store.Entry) {
	n := &u.newEntries
	account, device := senderColumns(e)
	n.conversations, n.sequences, n.kinds = append(n.conversations, e.Conversation[:]), append(n.sequences, int64(e.Sequence)), append(n.kinds, int64(e.Kind))
	n.accounts, n.devices, n.ids = append(n.accounts, account), append(n.devices, device), append(n.ids, e.ID[:])
	n.epochs, n.times, n.formers = append(n.epochs, int64(e.Epoch)), append(n.times, e.Time.UnixMilli()), append(n.formers, int64(e.Former))
	n.messages, n.welcomes = append(n.messages, e.Message), append(n.welcomes, e.Welcome)
	u.bytes += len(e.Message) + len(e.Welcome)
}

func (u *unwritten) addPlace(a *account, e *store.Entry, size int) {
	n := &u.newPlaces
	n.accounts, n.positions = append(n.accounts, a.id[:]), append(n.positions, int64(a.head))
	n.conversations, n.sequences = append(n.conversations, e.Conversation[:]), append(n.sequences, int64(e.Sequence))
	n.own, n.sizes, n.times = append(n.own, a.id == e.SenderAccount), append(n.sizes, int64(size)), append(n.times, e.Time.UnixMilli())
}

// note adds a row to those that have changed, once.
func note[T any](changed *bool, rows *[]*T, row *T) {
	if !*changed {
		*changed = true
		*rows = append(*rows, row)
	}
}

func (u *unwritten) changeConversation(c *conversation) { note(&c.changed, &u.conversations, c) }
func (u *unwritten) changeAccount(a *account)           { note(&a.changed, &u.accounts, a) }
func (u *unwritten) changeDevice(d *device)             { note(&d.changed, &u.devices, d) }
func (u *unwritten) changeShare(s *share)               { note(&s.changed, &u.shares, s) }

func (u *unwritten) noteWriter(c ident.ConversationID, account ident.AccountID, sequence uint64) {
	if u.writers == nil {
		u.writers = make(map[shareName]uint64)
	}
	u.writers[shareName{c, account}] = sequence
}

// flush queues the statements that write everything.
func (u *unwritten) flush(to *pgx.Batch) {
	u.flushNew(to)
	u.flushConversations(to)
	u.flushAccounts(to)
	u.flushDevices(to)
	u.flushShares(to)
	u.flushWriters(to)
	*u = unwritten{}
}

func (u *unwritten) flushNew(to *pgx.Batch) {
	if n := &u.newEntries; len(n.ids) > 0 {
		to.Queue(queries.Find("createEntries"), n.conversations, n.sequences, n.kinds, n.accounts, n.devices, n.ids, n.epochs, n.times,
			n.messages, n.welcomes, n.formers)
	}
	if n := &u.newPlaces; len(n.accounts) > 0 {
		to.Queue(queries.Find("createPlaces"), n.accounts, n.positions, n.conversations, n.sequences, n.own, n.sizes, n.times)
	}
}

func (u *unwritten) flushConversations(to *pgx.Batch) {
	if len(u.conversations) == 0 {
		return
	}
	var ids [][]byte
	var last, active []int64
	for _, c := range u.conversations {
		c.changed = false
		ids, last, active = append(ids, c.ID[:]), append(last, int64(c.LastSequence)), append(active, c.LastActive.UnixMilli())
	}
	to.Queue(queries.Find("moveConversations"), ids, last, active)
}

func (u *unwritten) flushAccounts(to *pgx.Batch) {
	if len(u.accounts) == 0 {
		return
	}
	var ids [][]byte
	var heads, delivered []int64
	for _, a := range u.accounts {
		a.changed = false
		ids, heads, delivered = append(ids, a.id[:]), append(heads, int64(a.head)), append(delivered, int64(a.delivered))
	}
	to.Queue(queries.Find("moveAccounts"), ids, heads, delivered)
}

func (u *unwritten) flushDevices(to *pgx.Batch) {
	if len(u.devices) == 0 {
		return
	}
	var ids [][]byte
	var cursors []int64
	for _, d := range u.devices {
		d.changed = false
		ids, cursors = append(ids, d.id[:]), append(cursors, int64(d.cursor))
	}
	to.Queue(queries.Find("moveDevices"), ids, cursors)
}

func (u *unwritten) flushShares(to *pgx.Batch) {
	if len(u.shares) == 0 {
		return
	}
	var conversations, accounts [][]byte
	var delivered, read, deliveredAt, readAt []int64
	for _, s := range u.shares {
		s.changed = false
		conversations, accounts = append(conversations, s.conversation.ID[:]), append(accounts, s.account.id[:])
		delivered, read = append(delivered, int64(s.delivered)), append(read, int64(s.read))
		deliveredAt, readAt = append(deliveredAt, s.deliveredAt), append(readAt, s.readAt)
	}
	to.Queue(queries.Find("moveShares"), conversations, accounts, delivered, read, deliveredAt, readAt)
}

func (u *unwritten) flushWriters(to *pgx.Batch) {
	if len(u.writers) == 0 {
		return
	}
	var conversations, accounts [][]byte
	var sequences []int64
	for name, sequence := range u.writers {
		conversations, accounts = append(conversations, name.conversation[:]), append(accounts, name.account[:])
		sequences = append(sequences, int64(sequence))
	}
	to.Queue(queries.Find("putWriters"), conversations, accounts, sequences)
}
