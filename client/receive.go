package client

import (
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// takeContent takes what an opened message says. Who said it is what the MLS
// leaf proves, whatever the relay claims.
func (tx *tx) takeContent(conversation *store.Conversation, e *wire.Entry, id ident.MessageID, from *ident.Certificate, plain []byte) error {
	c, err := content.Decode[content.Content](plain)
	if err != nil {
		tx.skip("content", err)
		return nil
	}
	trusted, err := tx.trusts(from)
	if err != nil {
		return err
	}
	if !trusted {
		tx.skip("content", errOtherKey)
		return tx.takeFromRevoked(conversation, e, id, from, c, plain)
	}
	if lists, ok := c.Body.(*content.DeviceLists); ok {
		return tx.takeLists(conversation, from, lists)
	}
	if conversation.Kind == store.KindGroup {
		if refused, err := tx.refusesContent(conversation.ID, from.Account, c); err != nil || refused != nil {
			return err
		}
	}
	if taken, err := tx.takeMessage(conversation, e, id, from, c, plain); err != nil || taken {
		return err
	}
	if taken, err := tx.takeAmendment(conversation, e, id, from, c, plain); err != nil || taken {
		return err
	}
	if conversation.Kind == store.KindSelf {
		return tx.takeSelf(conversation, c, from)
	}
	if conversation.Kind == store.KindGroup {
		return tx.takeGroupContent(conversation, e, from, c)
	}
	switch body := c.Body.(type) {
	case *content.MediaRequest:
		return tx.takeMediaRequest(conversation, body, from)
	case *content.MediaReply:
		return tx.takeMediaReply(conversation, body, from)
	case *content.Profile:
		if from.Account != tx.identity.Account {
			return tx.takePicture(from.Account, body)
		}
	case *content.GapRequest:
		if from.Account != tx.identity.Account {
			chat := ident.ChatWith(conversation.Peer)
			tx.c.answers.add(body, &chat)
		}
	case *content.GapReply:
		return tx.takeGapReply(body, from.Account)
	}
	return nil
}

// takeFromRevoked shows what a device of our own wrote that is logged out by now: it
// is said in the person's name, and the contact may have read it before it knew.
// Nothing else that such a device says is believed.
func (tx *tx) takeFromRevoked(conversation *store.Conversation, e *wire.Entry, id ident.MessageID, from *ident.Certificate, c *content.Content, plain []byte) error {
	own := from.Account == tx.identity.Account && from.AccountKey.Equal(tx.identity.AccountKey)
	if !own || conversation.Kind == store.KindSelf {
		return nil
	}
	_, err := tx.takeMessage(conversation, e, id, from, c, plain)
	return err
}

// takeMessage takes what people see as a message; taken is false for anything else.
func (tx *tx) takeMessage(conversation *store.Conversation, e *wire.Entry, id ident.MessageID, from *ident.Certificate, c *content.Content, plain []byte) (taken bool, err error) {
	m := &store.Message{ID: id, Sequence: e.Sequence, Sender: from.Account, Mine: from.Account == tx.identity.Account, SentAt: e.TimeMS}
	if needsUpdate(c) {
		unsupported(m, c, plain)
	} else if !fillMessage(m, c) {
		return false, nil
	}
	chat, known := tx.chatOf(conversation)
	if !known {
		return true, nil
	}
	m.Chat = chat
	if conversation.Kind == store.KindSelf {
		if _, err := tx.notes(); err != nil {
			return true, err
		}
	} else if !m.Mine {
		if err := tx.takeName(from.Account, senderName(c), c.WrittenMS); err != nil {
			return true, err
		}
	}
	changed, err := tx.createOrMove(m)
	if err != nil || !changed {
		return true, err
	}
	tx.messageChanged(id)
	tx.c.live.stopTyping(chat)
	if err := tx.fetchSmall(c); err != nil {
		return true, err
	}
	if m.Mine {
		if err := tx.readUpTo(conversation.ID, e.Sequence, true); err != nil {
			return true, err
		}
	}
	return true, tx.touchChat(chat, e.TimeMS)
}

// createOrMove stores a message that is wanted here, or moves one that is here already to a later place:
// the relay had lost it, and it was sent again. changed tells.
func (tx *tx) createOrMove(m *store.Message) (changed bool, err error) {
	hidden, err := tx.appState(hiddenState, m.ID)
	if err != nil || len(hidden) > 0 || tx.isExpired(m) {
		return false, err
	}
	if m.Addressed, err = tx.addressesMe(m); err != nil {
		return false, err
	}
	if changed, err = tx.CreateMessage(m); err == nil && !changed {
		changed, err = tx.MoveMessage(m.ID, m.Sender, m.Sequence, m.SentAt)
	}
	if err != nil || !changed {
		return changed, err
	}
	if err := tx.takeTimer(m); err != nil {
		return true, err
	}
	if m.Kind == store.KindPin {
		tx.chatChanged(m.Chat)
	}
	return true, tx.settle(m.Chat, m.ID)
}

// takeSelf takes what another of our own devices says.
func (tx *tx) takeSelf(conversation *store.Conversation, c *content.Content, from *ident.Certificate) error {
	switch body := c.Body.(type) {
	case *content.ReadMark:
		return tx.takeReadMark(body)
	case *content.DeviceName:
		return tx.takeDeviceName(body)
	case *content.ProfileName:
		return tx.takeProfileName(body)
	case *content.AppState:
		return tx.takeAppState(body)
	case *content.AppStateSnapshot:
		return tx.takeAppStateSnapshot(body, from.Device)
	case *content.GapRequest:
		if from.Device != tx.identity.Device {
			tx.c.answers.add(body, nil)
		}
	case *content.GapReply:
		return tx.takeGapReply(body, from.Account)
	case *content.HistoryRequest:
		if from.Device != tx.identity.Device {
			tx.c.serves.add(body, from.Device)
		}
	case *content.HistoryPart:
		return tx.takeHistoryPart(body, from.Device)
	case *content.MediaRequest:
		return tx.takeMediaRequest(conversation, body, from)
	case *content.MediaReply:
		return tx.takeMediaReply(conversation, body, from)
	}
	return nil
}

func (tx *tx) takeDeviceName(n *content.DeviceName) error {
	id, err := ident.IDFromBytes[ident.DeviceID](n.DeviceID)
	if err != nil {
		return nil //nolint:nilerr // malformed content is skipped
	}
	tx.devices, tx.status = true, true
	_, err = tx.SaveDeviceName(store.DeviceName{Device: id, Name: n.Name, SetAt: n.SetMS})
	return err
}

func (tx *tx) takeProfileName(n *content.ProfileName) error {
	if n.SetMS < tx.identity.ProfileNameSet || n.Name == "" {
		return nil
	}
	changed := *tx.identity
	changed.ProfileName, changed.ProfileNameSet = n.Name, n.SetMS
	return tx.setIdentity(&changed)
}

// takeReadMark takes how far the person has read on another own device.
func (tx *tx) takeReadMark(mark *content.ReadMark) error {
	id, err := ident.IDFromBytes[ident.ConversationID](mark.ConversationID)
	if err != nil {
		return nil //nolint:nilerr // malformed content is skipped
	}
	return tx.readUpTo(id, mark.Sequence, true)
}

// readUpTo moves the read mark of a chat forward. told: our other devices know
// already.
func (tx *tx) readUpTo(conversation ident.ConversationID, sequence uint64, told bool) error {
	chat, err := tx.chatIn(conversation)
	if err != nil || chat == nil || chat.ReadSequence >= sequence {
		return err
	}
	chat.ReadSequence = sequence
	if told {
		chat.ToldSelf = max(chat.ToldSelf, sequence)
		chat.ToldRelay = max(chat.ToldRelay, sequence)
	}
	tx.chatChanged(chat.ID)
	return tx.SaveChat(chat)
}
