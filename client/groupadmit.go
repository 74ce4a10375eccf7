package client

import (
	"context"
	"slices"

	"parley/client/api"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
	"parley/wire/grouprules"
)

// answerJoin implements api.AnswerJoin.
func (c *Client) answerJoin(ctx context.Context, p api.JoinAnswer) (api.Group, error) {
	id, people, err := c.groupAndPeople(ctx, api.GroupPeople{ChatID: p.ChatID, AccountIDs: p.AccountIDs})
	if err != nil {
		return api.Group{}, err
	}
	s, err := c.connected(ctx)
	if err != nil {
		return api.Group{}, err
	}
	if p.Approve {
		for _, account := range people {
			if err := c.meetAccount(ctx, s, account); err != nil {
				return api.Group{}, err
			}
		}
		err = c.addPeople(ctx, id, people)
	} else {
		err = dropJoins(ctx, s, id, people)
	}
	if err == nil {
		err = c.update(ctx, func(tx *tx) error { return tx.forgetJoins(id, people) })
	}
	if err != nil {
		return api.Group{}, err
	}
	return c.getGroup(ctx, api.ChatID{ChatID: p.ChatID})
}

func dropJoins(ctx context.Context, s *session, id ident.ConversationID, people []ident.AccountID) error {
	for _, account := range people {
		if _, err := request[*wire.Done](ctx, s, &wire.DropJoinRequest{ConversationID: id[:], AccountID: account[:]}); err != nil {
			return err
		}
	}
	return nil
}

// meetAccount learns whose an account is that is not known yet.
func (c *Client) meetAccount(ctx context.Context, s *session, id ident.AccountID) error {
	var known *store.Account
	err := c.view(ctx, func(tx *tx) (err error) {
		known, err = tx.FindAccount(id)
		return err
	})
	if err != nil || known != nil {
		return err
	}
	found, err := request[*wire.Account](ctx, s, &wire.LookUpAccount{AccountID: id[:]})
	if err != nil {
		return err
	}
	if string(found.AccountID) != string(id[:]) {
		return wire.NewError(wire.ErrorAccountUnknown)
	}
	return c.update(ctx, func(tx *tx) error {
		_, err := tx.takeAccount(found)
		return err
	})
}

// forgetJoins takes accounts out of those that ask.
func (tx *tx) forgetJoins(id ident.ConversationID, people []ident.AccountID) error {
	requests, err := tx.FindJoinRequests(id)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(requests, func(r store.JoinRequest) bool { return slices.Contains(people, r.Account) })
	tx.chatChanged(ident.ChatOfGroup(id))
	return tx.SaveJoinRequests(id, left)
}

// dueJoins has all groups looked at.
func (tx *tx) dueJoins() error {
	all, err := tx.FindConversations()
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Kind == store.KindGroup {
			tx.c.joinsDue[c.ID] = true
		}
	}
	waiting, err := tx.FindWaitingGroups()
	for _, id := range waiting {
		tx.c.joinsDue[id] = true
	}
	return err
}

// decides reports whether this account is to decide who comes into a group by its link: an admin, where they
// approve that, or somebody still waits from when they did. Nobody asks others.
func (tx *tx) decides(known *store.GroupChat) (bool, error) {
	if known == nil {
		return false, nil
	}
	n, err := tx.CountJoinRequests(known.Conversation)
	if err != nil {
		return false, err
	}
	state, err := grouprules.Parse(known.State)
	if err == nil && (state.AdminsApprove || n > 0) && known.Gone == 0 {
		v, err := tx.viewGroup(known.Conversation)
		if err != nil || grouprules.IsAdmin(state, v.present, tx.identity.Account) {
			return err == nil, err
		}
	}
	if n == 0 {
		return false, nil
	}
	tx.chatChanged(ident.ChatOfGroup(known.Conversation))
	return false, tx.SaveJoinRequests(known.Conversation, nil)
}

// metAtOnce is how many accounts that ask are looked up when they are listed.
const metAtOnce = 30

func (w *worker) pullJoins(ctx context.Context, id ident.ConversationID) error {
	r, err := request[*wire.ListJoinRequestsResult](ctx, w.s, &wire.ListJoinRequests{ConversationID: id[:]})
	if hasCode(err, wire.ErrorNotAllowed, wire.ErrorConversationUnknown) {
		return nil // what led to it is in the feed
	}
	if err != nil {
		return err
	}
	var requests []store.JoinRequest
	for i, q := range r.Requests {
		account, err := ident.IDFromBytes[ident.AccountID](q.AccountID)
		if err != nil {
			continue
		}
		if i < metAtOnce {
			if err := w.meetAccount(ctx, w.s, account); err != nil && !hasCode(err, wire.ErrorAccountUnknown, wire.ErrorRateLimited) {
				return err
			}
		}
		requests = append(requests, store.JoinRequest{Account: account, AskedAt: q.TimeMS})
	}
	return w.update(ctx, func(tx *tx) error {
		tx.chatChanged(ident.ChatOfGroup(id))
		return tx.SaveJoinRequests(id, requests)
	})
}
