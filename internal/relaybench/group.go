package relaybench

import (
	"context"
	"crypto/rand"
	"crypto/sha256"

	"parley/ident"
	"parley/mls"
	"parley/wire"
	"parley/wire/grouprules"
)

// group measures messages of one sender to a group whose accounts are all online.
func (b *bench) group(ctx context.Context) (Result, error) {
	b.note("registering %d accounts", b.Members)
	accounts, err := b.registerMany(ctx, b.Members)
	if err != nil {
		return Result{}, err
	}
	devices, err := b.signInAll(ctx, accounts)
	if err != nil {
		return Result{}, err
	}
	c := &channel{sender: devices[0]}
	b.note("making a group of %d", b.Members)
	if err := c.openGroup(ctx, accounts); err != nil {
		return Result{}, err
	}
	if err := c.listen(ctx, devices[1:]); err != nil {
		return Result{}, err
	}
	b.note("sending %d messages to the group", b.GroupMessages)
	return b.measure(ctx, []*channel{c}, b.GroupMessages)
}

// openGroup makes a group of accounts with one device each, the sender first. They come in
// batches, as the relay wants it.
func (c *channel) openGroup(ctx context.Context, accounts []*account) error {
	state := &wire.GroupState{Version: 1, Admins: [][]byte{c.sender.id[:]}, Details: make([]byte, sha256.Size)}
	err := c.found(mls.Extension{Type: mls.ExtensionType(wire.GroupStateExtension), Data: grouprules.Encode(state)})
	if err != nil {
		return err
	}
	for next := 1; next < len(accounts); {
		batch := accounts[next:min(next+wire.MaxGroupAdds-1, len(accounts))]
		commit, members, err := c.add(batch, uint32(next))
		if err != nil {
			return err
		}
		if next == 1 {
			err = c.create(ctx, commit, &wire.CreateConversation{
				Kind: wire.ConversationGroup, Accounts: idsOf(accounts[:len(batch)+1]),
				Members: append([]*wire.Member{member(c.sender.account, 0)}, members...),
			})
		} else {
			err = c.commit(ctx, commit, members, idsOf(batch))
		}
		if err != nil {
			return err
		}
		next += len(batch)
	}
	return nil
}

// commit sends a commit that adds accounts.
func (c *channel) commit(ctx context.Context, commit *mls.CommitResult, added []*wire.Member, accounts [][]byte) error {
	id, err := ident.NewID[ident.MessageID](rand.Reader)
	if err != nil {
		return err
	}
	_, err = request[*wire.SendResult](ctx, c.sender, &wire.Send{
		ConversationID: c.conversation[:], MessageID: id[:], Kind: wire.EntryCommit, Epoch: c.mls.Epoch(),
		Message: commit.Message, Welcome: commit.Welcome, GroupInfo: commit.GroupInfo, Added: added, AddedAccounts: accounts,
	})
	if err != nil {
		return err
	}
	return c.mls.MergePendingCommit()
}

func idsOf(accounts []*account) (ids [][]byte) {
	for _, a := range accounts {
		ids = append(ids, a.id[:])
	}
	return ids
}
