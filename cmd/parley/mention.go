package main

import (
	"context"
	"strings"

	"parley/client/api"
	"parley/ident"
)

// mentions finds who is mentioned in a text for a group, by names or numbers as they
// stand behind "@" in it.
func (d *device) mentions(ctx context.Context, chatID, text string, named []string) ([]api.Mention, error) {
	if len(named) == 0 {
		return nil, nil
	}
	group, err := api.Call(ctx, d.core, api.GetGroup, api.ChatID{ChatID: chatID})
	if err != nil {
		return nil, err
	}
	mentions := make([]api.Mention, len(named))
	for i, name := range named {
		if !strings.Contains(text, "@"+name) {
			return nil, usageError("the text has no @%s", name)
		}
		member, err := findMember(group, name)
		if err != nil {
			return nil, err
		}
		mentions[i] = api.Mention{AccountID: member.AccountID, Name: name}
	}
	return mentions, nil
}

// findMember finds the one member of a group with a name or a number.
func findMember(group api.Group, name string) (api.GroupMember, error) {
	var found []api.GroupMember
	phone, err := ident.ParsePhone(name)
	for _, m := range group.Members {
		if m.Name == name || err == nil && m.Phone == string(phone) {
			found = append(found, m)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return api.GroupMember{}, usageError("nobody in the group is called %s", name)
	}
	return api.GroupMember{}, usageError("more than one person in the group is called %s: use a number", name)
}
