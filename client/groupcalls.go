package client

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// createGroup implements api.CreateGroup.
func (c *Client) createGroup(ctx context.Context, p api.CreateGroupParams) (api.Chat, error) {
	details, err := newDetails(p)
	if err != nil {
		return api.Chat{}, err
	}
	people, err := c.peopleOf(ctx, p.AccountIDs, p.Phones)
	if err != nil {
		return api.Chat{}, err
	}
	if len(people) >= wire.MaxGroupAccounts {
		return api.Chat{}, api.ErrGroupFull
	}
	s, err := c.connected(ctx)
	if err != nil {
		return api.Chat{}, err
	}
	first := people[:min(len(people), wire.MaxGroupAdds-1)]
	packages, err := c.claimForGroup(ctx, s, first)
	if err != nil {
		return api.Chat{}, err
	}
	var id ident.ConversationID
	var fate <-chan error
	err = c.update(ctx, func(tx *tx) error {
		var message ident.MessageID
		id, message, err = tx.beginGroup(details, &wire.GroupState{}, first, packages)
		fate = c.wishes.watch(message)
		return err
	})
	if err != nil {
		return api.Chat{}, err
	}
	c.nudge()
	select {
	case err := <-fate:
		if err != nil {
			return api.Chat{}, err
		}
	case <-ctx.Done():
		return api.Chat{}, api.ErrTimeout
	}
	if err := c.addPeople(ctx, id, people[len(first):]); err != nil {
		return api.Chat{}, err
	}
	if err := c.beginGroupWithTimer(ctx, ident.ChatOfGroup(id)); err != nil {
		return api.Chat{}, err
	}
	return c.getChat(ctx, api.ChatID{ChatID: ident.ChatOfGroup(id).String()})
}

func newDetails(p api.CreateGroupParams) (*content.GroupDetails, error) {
	name, err := cleanName(p.Name)
	if err != nil {
		return nil, err
	}
	d := &content.GroupDetails{Name: name}
	if d.Description, err = cleanDescription(p.Description); err != nil {
		return nil, err
	}
	d.Picture, err = decodePicture(p.Picture)
	return d, err
}

func cleanDescription(text string) (string, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxDescription || !utf8.ValidString(text) {
		return "", api.ErrMessageTooLong
	}
	return text, nil
}

func decodePicture(text string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(data) > 0 && pictureType(data) == "" {
		return nil, api.ErrPictureInvalid
	}
	return data, nil
}

// claimForGroup takes the key packages of the devices that come into a new group: those of others,
// and this account's other ones.
func (c *Client) claimForGroup(ctx context.Context, s *session, people []ident.AccountID) ([]*wire.DeviceKeyPackage, error) {
	c.mu.Lock()
	own := c.identity
	c.mu.Unlock()
	packages, err := claimMany(ctx, s, append([]ident.AccountID{own.Account}, people...))
	return slices.DeleteFunc(packages, func(p *wire.DeviceKeyPackage) bool { return string(p.DeviceID) == string(own.Device[:]) }), err
}

// peopleOf finds the accounts that are named, without this device's own.
func (c *Client) peopleOf(ctx context.Context, ids, phones []string) (people []ident.AccountID, err error) {
	add := func(id ident.AccountID) {
		c.mu.Lock()
		own := c.identity != nil && c.identity.Account == id
		c.mu.Unlock()
		if !own && !slices.Contains(people, id) {
			people = append(people, id)
		}
	}
	for _, text := range ids {
		id, err := ident.ParseID[ident.AccountID](text)
		if err != nil {
			return nil, api.ErrBadParams
		}
		add(id)
	}
	for _, text := range phones {
		phone, err := ident.ParsePhone(text)
		if err != nil {
			return nil, api.ErrPhoneInvalid
		}
		id, err := c.accountOf(ctx, phone)
		if err != nil {
			return nil, err
		}
		add(id)
	}
	return people, c.view(ctx, func(tx *tx) error { return tx.needAccount() })
}

// addPeople adds accounts, as many as one commit takes at a time.
func (c *Client) addPeople(ctx context.Context, id ident.ConversationID, people []ident.AccountID) error {
	for part := range slices.Chunk(people, wire.MaxGroupAdds) {
		if err := c.changeGroup(ctx, &groupWish{group: id, add: part}); err != nil {
			return err
		}
	}
	return nil
}

// addToGroup implements api.AddToGroup.
func (c *Client) addToGroup(ctx context.Context, p api.GroupPeople) (api.Group, error) {
	id, people, err := c.groupAndPeople(ctx, p)
	if err != nil {
		return api.Group{}, err
	}
	if err := c.addPeople(ctx, id, people); err != nil {
		return api.Group{}, err
	}
	return c.getGroup(ctx, api.ChatID{ChatID: p.ChatID})
}

// removeFromGroup implements api.RemoveFromGroup.
func (c *Client) removeFromGroup(ctx context.Context, p api.GroupPeople) (api.Group, error) {
	id, people, err := c.groupAndPeople(ctx, p)
	if err != nil {
		return api.Group{}, err
	}
	if err := c.changeGroup(ctx, &groupWish{group: id, remove: people}); err != nil {
		return api.Group{}, err
	}
	return c.getGroup(ctx, api.ChatID{ChatID: p.ChatID})
}

func (c *Client) groupAndPeople(ctx context.Context, p api.GroupPeople) (id ident.ConversationID, people []ident.AccountID, err error) {
	chat, err := parseChatID(p.ChatID)
	if err != nil {
		return id, nil, err
	}
	people, err = c.peopleOf(ctx, p.AccountIDs, p.Phones)
	if err == nil && len(people) == 0 {
		err = api.ErrGroupPeople
	}
	return ident.ConversationID(chat), people, err
}

// changeGroupCall implements api.ChangeGroup.
func (c *Client) changeGroupCall(ctx context.Context, p api.GroupChange) (api.Group, error) {
	chat, err := parseChatID(p.ChatID)
	if err != nil {
		return api.Group{}, err
	}
	wish := &groupWish{group: ident.ConversationID(chat)}
	edits, err := c.detailEdits(p)
	if err != nil {
		return api.Group{}, err
	}
	if len(edits) > 0 {
		wish.edit = func(d *content.GroupDetails) {
			for _, edit := range edits {
				edit(d)
			}
		}
	}
	if wish.change, err = c.stateChange(p, wish); err != nil {
		return api.Group{}, err
	}
	if err := c.changeGroup(ctx, wish); err != nil {
		return api.Group{}, err
	}
	return c.getGroup(ctx, api.ChatID{ChatID: p.ChatID})
}

// detailEdits are the changes of the details that are asked for.
func (c *Client) detailEdits(p api.GroupChange) (edits []func(*content.GroupDetails), err error) {
	if p.Name != nil {
		name, err := cleanName(*p.Name)
		if err != nil {
			return nil, err
		}
		edits = append(edits, func(d *content.GroupDetails) { d.Name = name })
	}
	if p.Description != nil {
		text, err := cleanDescription(*p.Description)
		if err != nil {
			return nil, err
		}
		edits = append(edits, func(d *content.GroupDetails) { d.Description = text })
	}
	if p.Picture != nil {
		picture, err := decodePicture(*p.Picture)
		if err != nil {
			return nil, err
		}
		edits = append(edits, func(d *content.GroupDetails) { d.Picture = picture })
	}
	return edits, nil
}

// stateChange is the change of roles, settings and link that is asked for; a new link adds an edit.
func (c *Client) stateChange(p api.GroupChange, wish *groupWish) (func(*wire.GroupState), error) {
	admins, err := parseAccounts(p.MakeAdmin)
	dismissed, errDismissed := parseAccounts(p.DismissAdmin)
	if err != nil || errDismissed != nil {
		return nil, api.ErrBadParams
	}
	var token []byte
	if p.Link != nil {
		var secret []byte
		if *p.Link {
			secret = make([]byte, linkSecretSize)
			if _, err := io.ReadFull(c.cfg.Rand, secret); err != nil {
				return nil, err
			}
			hash := sha256.Sum256(linkToken(secret))
			token = hash[:]
		}
		edit := wish.edit
		wish.edit = func(d *content.GroupDetails) {
			if d.LinkSecret = secret; edit != nil {
				edit(d)
			}
		}
	}
	return func(s *wire.GroupState) {
		for to, value := range map[*bool]*bool{&s.AdminsEdit: p.AdminsEdit, &s.AdminsAdd: p.AdminsAdd, &s.AdminsWrite: p.AdminsWrite, &s.AdminsApprove: p.AdminsApprove} {
			if value != nil {
				*to = *value
			}
		}
		if p.Link != nil {
			s.Link = token
		}
		changeAdmins(s, admins, dismissed)
	}, nil
}

// changeAdmins makes and dismisses admins; the last one stays.
func changeAdmins(s *wire.GroupState, made, dismissed []ident.AccountID) {
	for _, id := range made {
		if !slices.ContainsFunc(s.Admins, func(b []byte) bool { return string(b) == string(id[:]) }) {
			s.Admins = append(s.Admins, id[:])
		}
	}
	kept := slices.DeleteFunc(slices.Clone(s.Admins), func(b []byte) bool { return slices.Contains(dismissed, ident.AccountID(b)) })
	if len(kept) > 0 {
		s.Admins = kept
	}
}

func parseAccounts(texts []string) (ids []ident.AccountID, err error) {
	for _, text := range texts {
		id, err := ident.ParseID[ident.AccountID](text)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// leaveGroup implements api.LeaveGroup.
func (c *Client) leaveGroup(ctx context.Context, p api.ChatID) (api.None, error) {
	chat, err := parseChatID(p.ChatID)
	if err != nil {
		return api.None{}, err
	}
	id := ident.ConversationID(chat)
	s, err := c.connected(ctx)
	if err != nil {
		return api.None{}, err
	}
	if _, err := request[*wire.Done](ctx, s, &wire.LeaveConversation{ConversationID: id[:]}); err != nil && !hasCode(err, wire.ErrorConversationUnknown) {
		return api.None{}, err
	}
	return api.None{}, c.update(ctx, func(tx *tx) error {
		conversation, err := tx.FindConversation(id)
		if err != nil || conversation == nil || conversation.Kind != store.KindGroup {
			return err
		}
		return tx.leftGroup(conversation, store.GroupLeft, tx.identity.Account, tx.c.relayNow().UnixMilli())
	})
}
