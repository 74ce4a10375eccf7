package relay

import (
	"errors"
	"slices"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

func (s *Session) markRead(id uint64, m *wire.MarkRead) {
	conversation, err := ident.IDFromBytes[ident.ConversationID](m.ConversationID)
	if err != nil {
		s.answer(id, nil, refuse(wire.ErrorMalformed))
		return
	}
	s.begin()
	var news []receiptNews
	hint := store.Hint{Kind: store.HintMark, Conversation: conversation, Account: s.who.account}
	s.relay.store.SubmitHinted(hint, func(tx store.Tx) error {
		news = nil
		receipt, err := tx.MarkRead(conversation, s.who.account, m.Sequence, s.relay.now())
		if receipt == nil || err != nil {
			_, not := s.accountsOf(tx, conversation)
			return errors.Join(not, err)
		}
		accounts, err := hearers(tx, receipt, receipt.Read)
		news = []receiptNews{{*receipt, accounts}}
		notifyReceipts(tx, news)
		return err
	}, func(err error) {
		s.finish(id, &wire.Done{}, err)
		if err == nil {
			s.relay.announce(news)
		}
	})
}

const (
	// receiptsBack is how many entries a receipt in a group is told the writers of, and
	// maxHearers how many of these. Others ask for it when they connect.
	receiptsBack = 256
	maxHearers   = 256
)

// hearers are the accounts that are told of a receipt: in a group those who wrote what is
// received, since everybody's to everybody would be a million for one message.
func hearers(r store.Reader, receipt *store.Receipt, upTo uint64) ([]ident.AccountID, error) {
	if !receipt.Group {
		return r.ListConversationAccounts(receipt.Conversation)
	}
	return r.ListWriters(receipt.Conversation, upTo-min(upTo, receiptsBack), maxHearers)
}

// receiptNews is a receipt that has changed, with the accounts that are told.
type receiptNews struct {
	store.Receipt
	accounts []ident.AccountID
}

// notifyReceipts has the devices at other relays hear of receipts.
func notifyReceipts(tx store.Tx, news []receiptNews) {
	if sharedTx(tx) == nil {
		return // each acknowledgement comes here
	}
	for _, n := range news {
		others := slices.DeleteFunc(slices.Clone(n.accounts), func(id ident.AccountID) bool { return id == n.Account })
		notifyEvent(tx, &wire.ReceiptEvent{Receipt: wireReceipt(n.Receipt)}, others...)
	}
}

// announce sends receipts to the devices of the other accounts that are
// online; those that are not pull them.
func (r *Relay) announce(news []receiptNews) {
	for _, n := range news {
		event := &wire.ReceiptEvent{Receipt: wireReceipt(n.Receipt)}
		for _, account := range n.accounts {
			if account != n.Account {
				r.hub.tell(account, event, nil)
			}
		}
	}
}

func wireReceipt(r store.Receipt) *wire.Receipt {
	return &wire.Receipt{ConversationID: r.Conversation[:], AccountID: r.Account[:], Delivered: r.Delivered, Read: r.Read, DeliveredMS: r.DeliveredAt, ReadMS: r.ReadAt}
}

func (s *Session) pullReceipts(m *wire.PullReceipts) (*wire.PullReceiptsResult, error) {
	result := new(wire.PullReceiptsResult)
	err := s.relay.store.View(s.relay.ctx, func(r store.Reader) error {
		receipts, since, err := r.ListReceipts(s.who.account, m.Since, wire.MaxReceipts)
		for _, receipt := range receipts {
			result.Receipts = append(result.Receipts, wireReceipt(receipt))
		}
		result.Since, result.More = since, len(receipts) == wire.MaxReceipts
		return err
	})
	return result, err
}
