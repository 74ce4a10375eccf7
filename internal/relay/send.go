package relay

import (
	"bytes"
	"errors"
	"slices"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// sent is what a Send has led to: the entry it is answered with, and the
// entries to deliver, which are none if it was sent before.
type sent struct {
	first   store.Entry
	entries []appended
	// asking are the accounts that waited for an admin to let them in, and need not any more.
	asking []ident.AccountID
}

// sending is a Send that has been checked by itself.
type sending struct {
	conversation ident.ConversationID
	message      ident.MessageID
	// group is the MLS group that the message is of.
	group []byte
	*wire.Send
	// The rest is for commits.
	added   []store.Member
	removed []ident.DeviceID
	// addedAccounts and removedAccounts are of a group.
	addedAccounts, removedAccounts []ident.AccountID
	parts                          commitParts
}

// send appends an entry. It is answered from the store's completion call, and
// pushed to the devices after that.
func (s *Session) send(id uint64, m *wire.Send) {
	if wait := s.relay.limits.sends.take(s.who.device, s.relay.now()); wait > 0 {
		s.answer(id, nil, refuseUntil(wait))
		return
	}
	sending, err := s.checkSending(m)
	if err == nil {
		err = s.holdJoin(sending)
	}
	if err != nil {
		s.answer(id, nil, err)
		return
	}
	var hint store.Hint
	if m.Kind == wire.EntryApplication {
		hint = store.Hint{Kind: store.HintSend, Conversation: sending.conversation, Message: sending.message, Device: s.who.device}
	}
	s.write(id, hint, func(tx store.Tx) (sent, error) { return s.sendIn(tx, sending) })
}

// errGone: the device hears no answer any more, and sends again on another connection.
var errGone = errors.New("relay: the connection has ended")

// write runs a transaction that appends entries, and answers when it is on disk, or at
// once when the relay has too much to write.
func (s *Session) write(id uint64, hint store.Hint, fn func(store.Tx) (sent, error)) {
	began := s.relay.now()
	if wait, taken := s.relay.gate.Begin(began); !taken {
		s.relay.counters.busy.Inc()
		s.answer(id, nil, refuseBusy(wait))
		return
	}
	s.begin()
	var out sent
	s.relay.store.SubmitHinted(hint, func(tx store.Tx) (err error) {
		// What a device acknowledged on its next connection may be forgotten by now,
		// and would be taken as new here.
		if s.gone() {
			return errGone
		}
		out, err = fn(tx)
		return err
	}, func(err error) {
		s.relay.gate.End(s.relay.now().Sub(began))
		s.finish(id, &wire.SendResult{Sequence: out.first.Sequence, TimeMS: out.first.Time.UnixMilli()}, err)
		if err == nil {
			s.relay.deliver(out.entries...)
			s.tellJoinRequests(out.first.Conversation, out.asking)
		}
	})
}

func (s *Session) checkSending(m *wire.Send) (*sending, error) {
	conversation, errConversation := ident.IDFromBytes[ident.ConversationID](m.ConversationID)
	message, errMessage := ident.IDFromBytes[ident.MessageID](m.MessageID)
	if errors.Join(errConversation, errMessage) != nil {
		return nil, refuse(wire.ErrorMalformed)
	}
	out := &sending{conversation: conversation, message: message, Send: m}
	switch m.Kind {
	case wire.EntryApplication:
		return out, out.checkApplication()
	case wire.EntryCommit:
		return out, out.checkCommit(s.who)
	}
	return nil, refuse(wire.ErrorMalformed)
}

func (m *sending) checkApplication() (err error) {
	if len(m.Message) > wire.MaxMessage {
		return refuse(wire.ErrorTooLarge)
	}
	if m.External || len(m.Welcome)+len(m.GroupInfo)+len(m.Added)+len(m.Removed)+len(m.AddedAccounts)+len(m.RemovedAccounts) > 0 {
		return refuse(wire.ErrorMalformed)
	}
	m.group, err = checkHeader(m.Message, m.conversation, m.Kind, m.Epoch, false)
	return err
}

func (m *sending) checkCommit(sender *identity) (err error) {
	if len(m.Message) > wire.MaxCommit {
		return refuse(wire.ErrorTooLarge)
	}
	if m.group, err = checkHeader(m.Message, m.conversation, m.Kind, m.Epoch, m.External); err != nil {
		return err
	}
	if m.parts, err = checkCommitParts(m.group, m.Epoch+1, m.Welcome, m.GroupInfo); err != nil {
		return err
	}
	if m.added, err = wireMembers(m.Added); err != nil {
		return err
	}
	for _, b := range m.Removed {
		id, err := ident.IDFromBytes[ident.DeviceID](b)
		if err != nil {
			return refuse(wire.ErrorMalformed)
		}
		m.removed = append(m.removed, id)
	}
	if m.addedAccounts, err = wireAccounts(m.AddedAccounts, wire.MaxGroupAdds); err != nil {
		return err
	}
	if m.removedAccounts, err = wireAccounts(m.RemovedAccounts, wire.MaxGroupAccounts); err != nil {
		return err
	}
	if m.External {
		return m.checkExternal(sender)
	}
	return nil
}

// checkExternal holds an external commit to adding its sender, and to removing
// nobody but the sender's former leaf.
func (m *sending) checkExternal(sender *identity) error {
	othersRemoved := slices.ContainsFunc(m.removed, func(id ident.DeviceID) bool { return id != sender.device })
	if othersRemoved || len(m.addedAccounts)+len(m.removedAccounts) > 0 || len(m.added) != 1 || m.added[0].Device != sender.device || m.added[0].Account != sender.account {
		return refuse(wire.ErrorMalformed)
	}
	return nil
}

// findSent returns the result of a former request with the same message id.
func (s *Session) findSent(r store.Reader, id ident.ConversationID, message ident.MessageID) (sent, bool, error) {
	entry, err := r.FindEntryByMessage(id, message)
	if errors.Is(err, store.ErrNotFound) {
		return sent{}, false, nil
	}
	if err == nil && entry.SenderDevice != s.who.device {
		err = refuse(wire.ErrorMalformed)
	}
	return sent{first: entry}, err == nil, err
}

func (s *Session) sendIn(tx store.Tx, m *sending) (sent, error) {
	c, err := s.authoriseSend(tx, m)
	if err != nil {
		return sent{}, err
	}
	if prior, found, err := s.findSent(tx, m.conversation, m.message); found || err != nil {
		return prior, err
	}
	if !bytes.Equal(m.group, c.Group) {
		return sent{}, refuse(wire.ErrorGroupChanged)
	}
	if m.Epoch != c.Epoch {
		return sent{}, refuseEpoch(wire.ErrorStaleEpoch, c)
	}
	if err := checkRemovals(tx, c, m); err != nil {
		return sent{}, err
	}
	if m.Kind == wire.EntryCommit {
		return s.commitIn(tx, c, m)
	}
	a, err := appendEntry(tx, c.Kind, s.entry(m))
	return sent{first: a.entry, entries: []appended{a}}, err
}

// authoriseSend returns the conversation if the device may write to it: as a
// member of its group, or with an external commit as a device of an account
// that belongs to it.
func (s *Session) authoriseSend(r store.Reader, m *sending) (store.Conversation, error) {
	c, err := r.FindConversation(m.conversation)
	if err != nil {
		return c, missing(err, wire.ErrorConversationUnknown)
	}
	if m.External {
		if err := refuseRemoved(r, s.who.device); err != nil {
			return c, err
		}
		_, err := s.accountsOf(r, m.conversation)
		return c, err
	}
	member, err := r.FindMember(m.conversation, s.who.device)
	if err != nil {
		return c, missing(err, wire.ErrorConversationUnknown)
	}
	if member.Removed {
		if err := refuseRemoved(r, s.who.device); err != nil {
			return c, err
		}
		return c, refuse(wire.ErrorConversationUnknown) // the account has left
	}
	return c, nil
}

// refuseEpoch returns an error that names the present epoch.
func refuseEpoch(code wire.ErrorCode, c store.Conversation) *wire.Error {
	e := refuse(code)
	e.Epoch = c.Epoch
	return e
}

// checkRemovals holds back everything that does not carry out the removals
// that are pending (M15), and refuses a commit that claims others: a device
// would be taken for gone whose keys are still in the group. An external commit
// cannot contain the relay's proposals, which is why it may pass.
func checkRemovals(r store.Reader, c store.Conversation, m *sending) error {
	if m.External || (c.Removals == 0 && len(m.removed) == 0) {
		return nil
	}
	if m.Kind != wire.EntryCommit {
		return refuseEpoch(wire.ErrorProposalsPending, c)
	}
	pending, err := r.ListRemovals(c.ID)
	if err != nil {
		return err
	}
	for _, id := range m.removed {
		isPending := slices.ContainsFunc(pending, func(member store.Member) bool { return member.Device == id })
		if !isPending && c.Kind != wire.ConversationGroup { // there checkRemovedDevices looks
			return refuse(wire.ErrorMalformed)
		}
	}
	for _, member := range pending {
		if !slices.Contains(m.removed, member.Device) {
			return refuseEpoch(wire.ErrorProposalsPending, c)
		}
	}
	return nil
}

func (s *Session) entry(m *sending) store.Entry {
	return store.Entry{
		Conversation: m.conversation, Kind: m.Kind, SenderAccount: s.who.account, SenderDevice: s.who.device,
		ID: m.message, Epoch: m.Epoch, Time: s.relay.now(), Message: m.Message, Welcome: m.Welcome,
	}
}

// commitIn carries out a commit for the present epoch: of two, the second
// finds another epoch and is refused. Removals that the commit leaves are
// proposed again, for the new epoch.
func (s *Session) commitIn(tx store.Tx, c store.Conversation, m *sending) (sent, error) {
	accounts, err := tx.ListConversationAccounts(c.ID)
	if err != nil {
		return sent{}, err
	}
	change, err := s.checkAccounts(tx, c, m, accounts)
	if err != nil {
		return sent{}, err
	}
	if err := checkMembers(tx, append(accounts, change.added...), m.added); err != nil {
		return sent{}, err
	}
	members, err := membersAfter(tx, c.ID, m)
	if err != nil {
		return sent{}, err
	}
	if err := checkLeaves(tx, m.parts.group, members, s.who.device); err != nil {
		return sent{}, err
	}
	fresh := slices.DeleteFunc(slices.Clone(change.added), func(id ident.AccountID) bool { return slices.Contains(accounts, id) })
	if err := tx.AddConversationAccounts(c.ID, fresh); err != nil {
		return sent{}, err
	}
	if err := tx.AdvanceEpoch(c.ID, m.parts.epoch, m.parts.groupInfo, m.removed, m.added); err != nil {
		return sent{}, err
	}
	// Who is removed gets the commit, and nothing after it.
	a, err := appendEntry(tx, c.Kind, s.entry(m))
	if err != nil {
		return sent{}, err
	}
	a.welcomed = change.added
	if len(change.removed) > 0 {
		if err := tx.RemoveConversationAccounts(c.ID, change.removed); err != nil {
			return sent{}, err
		}
	}
	notifyEvent(tx, &wire.JoinRequestsChanged{ConversationID: c.ID[:]}, change.asking...)
	proposals, err := s.relay.remover().proposeRemovals(tx, c.ID, nil)
	return sent{first: a.entry, entries: append([]appended{a}, proposals...), asking: change.asking}, err
}

// checkAccounts checks what a commit does to the accounts of its conversation. Those of
// a self or direct one stay as they are, and who comes into it later adds itself.
func (s *Session) checkAccounts(tx store.Tx, c store.Conversation, m *sending, accounts []ident.AccountID) (groupChange, error) {
	if c.Kind == wire.ConversationGroup {
		return s.checkGroupCommit(tx, c, m, accounts)
	}
	if len(m.addedAccounts)+len(m.removedAccounts) > 0 || len(m.added) > 0 && !m.External {
		return groupChange{}, refuse(wire.ErrorMalformed)
	}
	return groupChange{}, nil
}

// membersAfter returns the members that a commit leaves and adds. It refuses an
// added one on a leaf that another holds: the relay would propose to remove the
// wrong one, or nobody, and the conversation would wait for it for ever.
func membersAfter(r store.Reader, id ident.ConversationID, m *sending) ([]store.Member, error) {
	members, err := r.ListMembers(id)
	if err != nil {
		return nil, err
	}
	members = slices.DeleteFunc(members, func(member store.Member) bool {
		isAdded := slices.ContainsFunc(m.added, func(a store.Member) bool { return a.Device == member.Device })
		return isAdded || slices.Contains(m.removed, member.Device)
	})
	for _, a := range m.added {
		if slices.ContainsFunc(members, func(member store.Member) bool { return member.Leaf == a.Leaf }) {
			return nil, refuse(wire.ErrorMalformed)
		}
	}
	return append(members, m.added...), nil
}
