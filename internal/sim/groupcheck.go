package sim

import (
	"fmt"
	"slices"
	"strings"

	"parley/client/api"
)

// groupDifferences are the breaches of the invariant in groups.
func (w *world) groupDifferences() (found []string) {
	seen := map[string]bool{}
	for _, p := range w.people {
		for _, chat := range call(p.primary(), api.ListChats, api.None{}).Chats {
			if chat.Kind == api.ChatGroup && !seen[chat.ID] {
				seen[chat.ID] = true
				found = append(found, w.disagreements(chat.ID)...)
			}
		}
	}
	for _, g := range w.groups {
		found = append(found, w.wrongReaders(g)...)
	}
	return found
}

// disagreements tells where the members of a group do not agree on it.
func (w *world) disagreements(id string) (found []string) {
	var present []*person
	var accounts, waiting []string
	groups := map[*person]api.Group{}
	for _, p := range w.people {
		shown, err := try(p.primary(), api.GetGroup, api.ChatID{ChatID: id})
		if groups[p] = shown; err == nil && shown.Member {
			present, accounts = append(present, p), append(accounts, p.account)
		}
		for _, d := range p.devices {
			if chat, err := try(d, api.GetChat, api.ChatID{ChatID: id}); err == nil && chat.Waiting && !slices.Contains(waiting, p.account) {
				waiting = append(waiting, p.account)
			}
		}
	}
	slices.Sort(accounts)
	slices.Sort(waiting)
	for _, p := range present {
		first, shown := groups[present[0]], groups[p]
		a, b := present[0].primary().name, p.primary().name
		found = append(found, compare(a, describe(first), b, describe(shown))...)
		var members, asking []string
		for _, m := range shown.Members {
			members = append(members, m.AccountID)
		}
		for _, r := range shown.Requests {
			asking = append(asking, r.AccountID)
		}
		slices.Sort(members)
		slices.Sort(asking)
		if !slices.Equal(members, accounts) {
			found = append(found, fmt.Sprintf("%s shows members %q of a group in which these say they are: %q", b, members, accounts))
		}
		if shown.Admin && shown.AdminsApprove && !slices.Equal(asking, waiting) {
			found = append(found, fmt.Sprintf("%s is asked by %q to come into a group, and these wait: %q", b, asking, waiting))
		}
		found = append(found, compare(a, common(present[0], p, id), b, common(p, present[0], id))...)
	}
	return found
}

// describe is what all members see of a group.
func describe(g api.Group) []string {
	lines := make([]string, 0, len(g.Members)+1)
	for _, m := range g.Members {
		lines = append(lines, fmt.Sprintf("member %s, admin %t", m.AccountID, m.Admin))
	}
	slices.Sort(lines)
	return append(lines, fmt.Sprintf("group %q, link %q, admins edit %t, write %t, approve %t", g.Name, g.Link, g.AdminsEdit, g.AdminsWrite, g.AdminsApprove))
}

// common are the messages of a group that two people have, as the first shows them.
func common(p, other *person, id string) []string {
	theirs := other.primary().groupTexts(id)
	return slices.DeleteFunc(p.primary().groupTexts(id), func(text string) bool { return !slices.Contains(theirs, text) })
}

// groupTexts are the messages of a group that were sent.
func (d *device) groupTexts(id string) (texts []string) {
	if _, err := try(d, api.GetChat, api.ChatID{ChatID: id}); err != nil {
		return nil
	}
	for _, m := range d.chatMessages(id) {
		if m.Kind == api.MessageText && m.Status != api.MessageFailed && m.Status != api.MessagePending {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// wrongReaders tells who lacks what was said in a group while they were in it, and who
// reads what was said when they were not.
func (w *world) wrongReaders(g *group) (found []string) {
	shown := map[*device][]string{}
	for _, p := range w.people {
		for _, d := range p.devices {
			shown[d] = d.groupTexts(g.id)
			for _, m := range d.failed(g.id) {
				if !w.excused(p, m) {
					found = append(found, fmt.Sprintf("%s could not send %q", d.name, m))
				}
			}
		}
	}
	for _, m := range g.said {
		if !slices.Contains(shown[m.by.primary()], m.text) {
			continue
		}
		for _, p := range w.people {
			if m.must[p] && !slices.Contains(shown[p.primary()], m.text) {
				found = append(found, fmt.Sprintf("%s lacks %q", p.primary().name, m.text))
			}
			for _, d := range p.devices {
				if m.never[p] && slices.Contains(shown[d], m.text) {
					found = append(found, fmt.Sprintf("%s was out, and reads %q", d.name, m.text))
				}
			}
		}
	}
	return found
}

// failed are the messages of a group that were refused.
func (d *device) failed(id string) (texts []string) {
	if _, err := try(d, api.GetChat, api.ChatID{ChatID: id}); err != nil {
		return nil
	}
	for _, m := range d.chatMessages(id) {
		if m.Status == api.MessageFailed {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// viewGroup is what a device shows of a group, for comparison with others of its account.
func (d *device) viewGroup(chat api.Chat) string {
	if chat.Members == 0 {
		return fmt.Sprintf("group %s: not in it", chat.ID)
	}
	return "group " + chat.ID + ": " + strings.Join(describe(call(d, api.GetGroup, api.ChatID{ChatID: chat.ID})), "; ")
}

// titleOf is the title of a chat; none of a group that the account is not in: what it was
// called when the account left is with the device that knew it.
func (d *device) titleOf(chat api.Chat) string {
	if chat.Kind == api.ChatGroup && chat.Members == 0 {
		return ""
	}
	return chat.Title
}
