package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/client/api"
)

// settleTime is how long devices may take to agree once everybody is back on a
// network that is well: a minute for what somebody holds who is there (X9), and
// for what depends on that.
const settleTime = 5 * time.Minute

// settle brings everybody back and compares.
func (w *world) settle() {
	w.host.start()
	w.network.setCalm(true)
	for _, p := range w.people {
		for _, d := range p.devices {
			d.open()
			d.setOnline(true)
		}
	}
	began := time.Now()
	differences := w.differences()
	for len(differences) > 0 && time.Since(began) < settleTime {
		w.pass(2 * time.Second)
		differences = w.differences()
	}
	w.report.Settled = time.Since(began)
	if len(differences) == 0 {
		w.pass(3 * time.Minute)
		differences = w.differences()
	}
	for _, difference := range differences {
		w.t.Error(difference)
	}
}

// differences are the breaches of the invariant.
func (w *world) differences() (found []string) {
	for _, p := range w.people {
		want := p.primary().view()
		for _, d := range p.devices[1:] {
			found = append(found, compare(p.primary().name, want, d.name, d.view())...)
		}
		for _, line := range want {
			if strings.Contains(line, unreadable) {
				found = append(found, p.primary().name+" shows "+line)
			}
		}
		found = append(found, w.missing(p)...)
	}
	for i, p := range w.people {
		for _, other := range w.people[i+1:] {
			a, b := p.primary().texts(other), other.primary().texts(p)
			found = append(found, compare(p.primary().name, a, other.primary().name, b)...)
		}
	}
	return append(found, w.groupDifferences()...)
}

// missing tells what a person wrote that is not there once.
func (w *world) missing(p *person) (found []string) {
	count := map[string]int{}
	for _, m := range p.primary().messages() {
		count[m.Text]++
		if m.Kind == api.MessageText && m.Mine && !p.wrote[m.Text] && !p.lost[m.Text] {
			found = append(found, fmt.Sprintf("nobody wrote %q", m.Text))
		}
	}
	for text := range p.wrote {
		if count[text] != 1 && (count[text] != 0 || !w.excused(p, text)) {
			found = append(found, fmt.Sprintf("%q is there %d times", text, count[text]))
		}
	}
	for text := range p.lost {
		if count[text] > 1 {
			found = append(found, fmt.Sprintf("%q is there %d times", text, count[text]))
		}
	}
	slices.Sort(found)
	return found
}

// compare tells the first line in which two devices differ.
func compare(a string, in []string, b string, other []string) []string {
	for i := range max(len(in), len(other)) {
		x, y := "nothing", "nothing"
		if i < len(in) {
			x = in[i]
		}
		if i < len(other) {
			y = other[i]
		}
		if x != y {
			return []string{fmt.Sprintf("%s shows %s, and %s shows %s", a, x, b, y)}
		}
	}
	return nil
}

// unreadable marks a message that is not what it should be in the end.
const unreadable = "(unreadable or unsent)"

// view is what a device shows, in lines.
func (d *device) view() []string {
	status := call(d, api.GetStatus, api.None{})
	settings := call(d, api.GetSettings, api.None{})
	lines := []string{fmt.Sprintf("state %s, name %q, theme %q", status.State, status.Name, settings.Theme)}
	for _, chat := range d.chats() {
		lines = append(lines, fmt.Sprintf("chat %s: title %q, own name %q, archived %t, pinned %t, marked unread %t, unread %d, draft %q",
			chat.Phone, d.titleOf(chat), chat.OwnName, chat.Archived, chat.Pinned, chat.MarkedUnread, chat.Unread, chat.Draft))
		group := chat.Kind == api.ChatGroup
		if group {
			lines = append(lines, d.viewGroup(chat))
		}
		for _, m := range d.chatMessages(chat.ID) {
			if told(m) || group && m.Status == api.MessageFailed {
				continue
			}
			bad := ""
			if m.Kind != api.MessageText || m.Status == api.MessagePending || m.Status == api.MessageFailed {
				bad = fmt.Sprintf("%s: %s, %s, of %q at %s", unreadable, m.Kind, m.Status, m.SenderName, time.UnixMilli(m.SentAt).UTC().Format("02 Jan 15:04:05"))
			}
			lines = append(lines, fmt.Sprintf("%s in %s, mine %t, starred %t %s", m.Text, chat.Phone, m.Mine, m.Starred, bad))
		}
	}
	return lines
}

// told reports whether a message is a line that the app tells: a device that
// came later has none of before.
func told(m api.Message) bool {
	return m.Kind == api.MessageDevicesChanged || m.Kind == api.MessageKeysChanged || m.Kind == api.MessageReset || m.Kind == api.MessageGroup
}

// texts are the messages with a person.
func (d *device) texts(with *person) (texts []string) {
	for _, chat := range d.chats() {
		if chat.Phone != string(with.phone) {
			continue
		}
		for _, m := range d.chatMessages(chat.ID) {
			if !told(m) {
				texts = append(texts, m.Text)
			}
		}
	}
	return texts
}

// chats are the chats in which something was said and the groups that the account is in,
// by number. Warnings of silent devices in the notes to oneself are each device's own.
func (d *device) chats() []api.Chat {
	chats := call(d, api.ListChats, api.None{}).Chats
	chats = slices.DeleteFunc(chats, func(c api.Chat) bool {
		if c.Kind == api.ChatGroup {
			return c.Members == 0 && !slices.ContainsFunc(d.chatMessages(c.ID), func(m api.Message) bool { return !told(m) && m.Status != api.MessageFailed })
		}
		return c.Last == nil || c.Self && c.Last.Kind != api.MessageText
	})
	slices.SortFunc(chats, func(a, b api.Chat) int { return strings.Compare(a.Phone+a.ID, b.Phone+b.ID) })
	return chats
}

// messages are all messages of all chats.
func (d *device) messages() (all []api.Message) {
	for _, chat := range d.chats() {
		all = append(all, d.chatMessages(chat.ID)...)
	}
	return all
}

func (d *device) chatMessages(chat string) (all []api.Message) {
	page := api.MessagesParams{ChatID: chat, Limit: 500, After: -1}
	for more := true; more; {
		found := call(d, api.ListMessages, page)
		for _, m := range found.Messages {
			all = append(all, m)
			page.After = m.Order
		}
		more = found.More
	}
	return all
}
