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
	"parley/ident"
	"parley/wire"
)

// changeGroupCall implements api.ChangeGroup.
func (c *Client) changeGroupCall(ctx context.Context, p api.GroupChange) (api.Group, error) {
	chat, err := parseChatID(p.ChatID)
	if err != nil {
		return api.Group{}, err
	}
	wish := &groupWish{group: ident.ConversationID(chat)}
	if err := c.view(ctx, func(tx *tx) error { return tx.refuseLoose(wish.group, p) }); err != nil {
		return api.Group{}, err
	}
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
			if secret, token, err = c.newLink(); err != nil {
				return nil, err
			}
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

// newLink makes the secret of an invite link, and what the state of the group has of it.
func (c *Client) newLink() (secret, inState []byte, err error) {
	secret = make([]byte, linkSecretSize)
	if _, err := io.ReadFull(c.cfg.Rand, secret); err != nil {
		return nil, nil, err
	}
	hash := sha256.Sum256(linkToken(secret))
	return secret, hash[:], nil
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
