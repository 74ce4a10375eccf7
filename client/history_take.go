package client

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"log/slog"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/mls/hpke"
	"parley/wire"
)

// errHistoryChunk: a chunk is not what the device that left it said.
var errHistoryChunk = errors.New("a chunk of history is damaged")

// takeHistoryFirst takes a chunk before other work, but lets a conversation be
// joined between two.
func (w *worker) takeHistoryFirst(ctx context.Context) (bool, error) {
	if w.letJoin {
		return false, nil
	}
	return w.takeHistory(ctx)
}

// takeHistory takes the next chunk that waits, or deletes one at the relay.
func (w *worker) takeHistory(ctx context.Context) (bool, error) {
	var h *store.History
	var part *store.HistoryPart
	err := w.view(ctx, func(tx *tx) (err error) {
		if part, err = tx.FindHistoryPart(); err != nil || part == nil {
			return err
		}
		h, err = tx.FindHistory()
		return err
	})
	if err != nil || part == nil {
		return false, err
	}
	if !part.Wanted || h == nil || h.Done() || !part.Behind.Equal(h.Behind) {
		if _, err := request[*wire.Done](ctx, w.s, &wire.DeleteHistoryChunk{ChunkID: part.ChunkID}); err != nil {
			return false, err
		}
		return true, w.update(ctx, func(tx *tx) error { return tx.DeleteHistoryPart(part) })
	}
	w.letJoin = true
	chunk, err := w.fetchHistory(ctx, h, part)
	if errors.Is(err, errHistoryChunk) || hasCode(err, wire.ErrorHistoryUnknown) {
		w.log.Warn("history is asked for again", slog.Any("error", err))
		return true, w.update(ctx, (*tx).dropHistoryParts)
	}
	if err != nil {
		return false, err
	}
	return true, w.update(ctx, func(tx *tx) error { return tx.applyHistory(part, chunk) })
}

// dropHistoryParts forgets what was announced, and has it asked for again after a
// while.
func (tx *tx) dropHistoryParts() error {
	h, err := tx.FindHistory()
	if err != nil || h == nil {
		return err
	}
	h.Ahead, h.Ask = h.Behind, false
	h.Round++ // what comes late of this one has no place
	if err := tx.SaveHistory(h); err != nil {
		return err
	}
	return tx.DeleteHistoryParts()
}

// fetchHistory fetches a chunk and opens it. The error is errHistoryChunk if it is
// not what was announced.
func (w *worker) fetchHistory(ctx context.Context, h *store.History, part *store.HistoryPart) (*content.HistoryChunk, error) {
	r, err := request[*wire.HistoryChunk](ctx, w.s, &wire.GetHistoryChunk{ChunkID: part.ChunkID})
	if err != nil {
		return nil, err
	}
	return w.openHistoryChunk(ctx, h, part, r.Data)
}

// openHistoryChunk opens what was left at the relay.
func (c *Client) openHistoryChunk(ctx context.Context, h *store.History, part *store.HistoryPart, sealed []byte) (*content.HistoryChunk, error) {
	if hash := sha256.Sum256(sealed); !bytes.Equal(hash[:], part.Hash) {
		return nil, errHistoryChunk
	}
	key, err := hpke.MLKEM768X25519().NewPrivateKey(h.PrivateKey)
	if err != nil {
		return nil, err
	}
	compressed, err := hpke.Open(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), historyInfo(h.Request[:], part.ChunkID), sealed)
	if err != nil {
		return nil, errHistoryChunk
	}
	plain, err := c.cfg.Inflate(ctx, compressed, maxHistoryPlain)
	if err != nil {
		return nil, errHistoryChunk
	}
	chunk, err := content.Decode[content.HistoryChunk](plain)
	if err != nil {
		return nil, errHistoryChunk
	}
	return chunk, nil
}

// historyInfo is the HPKE info: a chunk opens for one request and under one id.
func historyInfo(request, chunk []byte) []byte {
	return append(append([]byte("parley history v1\x00"), request...), chunk...)
}

// applyHistory takes a chunk, if history still stands before it.
func (tx *tx) applyHistory(part *store.HistoryPart, chunk *content.HistoryChunk) error {
	h, err := tx.FindHistory()
	if err != nil || h == nil || h.Done() || !part.Behind.Equal(h.Behind) {
		return err
	}
	waiting, err := tx.FindWaiting()
	if err != nil {
		return err
	}
	for _, chat := range chunk.Chats {
		taken, err := tx.takeHistoryChat(chat, h.Since, waiting)
		if err != nil {
			return err
		}
		h.Taken += taken
	}
	if part.End.IsStart() && !h.Overview {
		if err := tx.takeOverview(chunk); err != nil {
			return err
		}
		h.Overview = true
	}
	h.Behind, h.Total, h.Remaining, h.Tries = part.End, part.Total, part.Remaining, 0
	if part.Done {
		h.PrivateKey, h.Remaining = nil, 0
	}
	tx.history = true
	if err := tx.SaveHistory(h); err != nil {
		return err
	}
	return tx.TakeHistoryPart(part)
}

// takeHistoryChat takes the messages of one chat and returns how many are new here.
func (tx *tx) takeHistoryChat(from *content.HistoryChat, since int64, waiting map[ident.MessageID]bool) (taken uint64, err error) {
	chat, err := tx.takeContact(from.Contact)
	if err != nil || chat == nil {
		return 0, err
	}
	updated := chat.Updated
	for _, m := range from.Messages {
		if m == nil || m.TimeMS < since || len(m.Text) > maxText {
			continue
		}
		stored, ok := tx.storedMessage(chat.Account, m)
		if !ok {
			continue
		}
		changed, err := tx.CreateMessage(stored)
		if err != nil {
			return 0, err
		}
		if !changed {
			continue
		}
		taken++
		updated = max(updated, m.TimeMS)
		if waiting[stored.ID] {
			tx.messageChanged(stored.ID)
		}
	}
	if updated > chat.Updated {
		chat.Updated = updated
		return taken, tx.SaveChat(chat)
	}
	return taken, nil
}

// storedMessage is a message of a direct chat as a sibling keeps it; ok tells
// whether it is one.
func (tx *tx) storedMessage(chat ident.AccountID, m *content.StoredMessage) (stored *store.Message, ok bool) {
	id, err := ident.IDFromBytes[ident.MessageID](m.MessageID)
	if err != nil || m.Sequence == 0 {
		return nil, false
	}
	sender, err := ident.IDFromBytes[ident.AccountID](m.SenderAccount)
	mine := sender == tx.identity.Account
	if err != nil || !mine && sender != chat {
		return nil, false
	}
	return &store.Message{
		ID: id, Chat: chat, Sequence: m.Sequence, Sender: sender, Mine: mine, Kind: store.KindText, Text: m.Text, SentAt: m.TimeMS,
	}, true
}

// takeContact returns the chat with a contact that a sibling knows, new if there
// is none; nil if it is malformed. A key that is known here is never changed.
func (tx *tx) takeContact(k *content.Contact) (*store.Chat, error) {
	if k == nil || len(k.AccountKey) != ed25519.PublicKeySize {
		return nil, nil
	}
	id, err := ident.IDFromBytes[ident.AccountID](k.AccountID)
	if err != nil {
		return nil, nil //nolint:nilerr // malformed content is skipped
	}
	known, err := tx.FindAccount(id)
	if err != nil {
		return nil, err
	}
	if known == nil {
		name, err := tx.toldName(id, k.Name)
		if err != nil {
			return nil, err
		}
		contact := &store.Account{ID: id, Key: k.AccountKey, Phone: ident.Phone(k.Phone), Name: name}
		if err := tx.SaveAccount(contact); err != nil {
			return nil, err
		}
	}
	chat, err := tx.FindChat(id)
	if err != nil {
		return nil, err
	}
	tx.chatChanged(id)
	if chat == nil {
		chat = &store.Chat{Account: id, Updated: k.UpdatedMS}
	}
	return chat, tx.readAsSibling(chat, k)
}

// readAsSibling takes how far a sibling has read, and saves the chat.
func (tx *tx) readAsSibling(chat *store.Chat, k *content.Contact) error {
	conversation, err := ident.IDFromBytes[ident.ConversationID](k.ConversationID)
	if err == nil && chat.Conversation == (ident.ConversationID{}) {
		taken, err := tx.FindChatByConversation(conversation)
		if err != nil {
			return err
		}
		if taken == nil {
			chat.Conversation = conversation
		}
	}
	if err == nil && chat.Conversation == conversation {
		chat.ReadSequence = max(chat.ReadSequence, k.ReadSequence)
		chat.ToldRelay, chat.ToldSelf = max(chat.ToldRelay, k.ReadSequence), max(chat.ToldSelf, k.ReadSequence)
	}
	return tx.SaveChat(chat)
}

// takeOverview closes up what lies between history and what this device has read
// itself, and asks for what the sibling waits for, too.
func (tx *tx) takeOverview(chunk *content.HistoryChunk) error {
	for _, r := range chunk.Reached {
		id, err := ident.IDFromBytes[ident.ConversationID](r.ConversationID)
		if err != nil {
			continue
		}
		if err := tx.SaveHistoryReach(id, r.Last); err != nil {
			return err
		}
	}
	all, err := tx.FindConversations()
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.FirstSequence == 0 {
			if c.LastSequence > 0 { // accounted for before
				if _, err := tx.TakeHistoryReach(c.ID); err != nil {
					return err
				}
			}
			continue
		}
		if err := tx.closeUp(c); err != nil {
			return err
		}
		if err := tx.SaveConversation(c); err != nil {
			return err
		}
	}
	for _, r := range chunk.Missing {
		id, err := ident.IDFromBytes[ident.ConversationID](r.ConversationID)
		if err != nil || r.First == 0 || r.First > r.Last {
			continue
		}
		if err := tx.want(&store.Conversation{ID: id}, r.First, r.Last); err != nil {
			return err
		}
	}
	return nil
}
