// Package apitest has a core for the tests of what stands above the core: it
// keeps an account with its chats in memory and behaves as package api says,
// without a relay and without encryption. What others write, a test puts in
// with Receive. It is not for anything but tests.
package apitest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"parley/client/api"
)

// Core is an api.Core of one device. Make it with New.
type Core struct {
	link        linkState
	mu          sync.Mutex
	online      chan struct{} // closed while online
	status      api.Status
	chats       []*chat
	devices     []api.Device
	notices     []api.Notice
	history     api.History
	diagnosis   api.Diagnosis
	picture     api.Picture
	settings    api.Settings
	lastID      int
	clock       int64
	subscribers map[int]func(string, json.RawMessage)
	closed      bool
}

type chat struct {
	api.Chat
	messages []api.Message
}

var _ api.Core = (*Core)(nil)

// New returns a registered primary of +32470000001 that is online.
func New() *Core {
	c := &Core{
		online: make(chan struct{}), subscribers: map[int]func(string, json.RawMessage){}, clock: 1_700_000_000_000,
		status: api.Status{
			State: api.StateReady, Connection: api.ConnectionOnline, Relay: "http://127.0.0.1:1", AccountID: "account1",
			Phone: "+32470000001", Name: "Alice", DeviceID: "device1", DeviceName: "Phone", Primary: true,
			Storage: api.StorageMemory, CaughtUp: true, Version: "test",
		},
		devices: []api.Device{
			{ID: "device1", Name: "Phone", Platform: "cli", Primary: true, Current: true, Online: true, CreatedAt: 1, LastActiveAt: 1},
			{ID: "detour2", Name: "Tablet", Platform: "web", CreatedAt: 2, LastActiveAt: 2},
		},
	}
	close(c.online)
	return c
}

// SetOnline connects the device to its relay or disconnects it.
func (c *Core) SetOnline(online bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if online == (c.status.Connection == api.ConnectionOnline) {
		return
	}
	if online {
		c.status.Connection = api.ConnectionOnline
		close(c.online)
	} else {
		c.status.Connection = api.ConnectionOffline
		c.online = make(chan struct{})
	}
	c.emitLocked(api.OnStatus.Name, c.status)
}

// Notice has a notice wait for its answer.
func (c *Core) Notice(n api.Notice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notices = append(c.notices, n)
	c.emitLocked(api.OnNotices.Name, api.Notices{Notices: c.notices})
}

// SetDiagnosis decides what Diagnose finds.
func (c *Core) SetDiagnosis(checks ...api.Check) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.diagnosis.Checks = checks
}

// LogOut takes the account from the device, as the primary would.
func (c *Core) LogOut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loseLocked()
}

func (c *Core) loseLocked() {
	c.status = api.Status{State: api.StateLoggedOut, LogoutReason: "removed", Storage: api.StorageMemory, Version: "test"}
	c.chats = nil
	c.emitLocked(api.OnStatus.Name, c.status)
}

// Receive has someone else write a message.
func (c *Core) Receive(phone, text string) api.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.addLocked(c.chatLocked(phone), api.Message{Text: text, SenderName: phone, Status: api.MessageReceived})
}

// ReceiveUnnumbered is Receive of somebody whose number the relay tells with the next Sync.
func (c *Core) ReceiveUnnumbered(phone, text string) api.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	from := c.chatLocked(phone)
	from.Phone = ""
	return c.addLocked(from, api.Message{Text: text, Status: api.MessageReceived})
}

// Close ends the core; calls fail from then on.
func (c *Core) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	return nil
}

// Subscribe implements api.Core.
func (c *Core) Subscribe(f func(event string, data json.RawMessage)) (cancel func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastID++
	id := c.lastID
	c.subscribers[id] = f
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.subscribers, id)
	}
}

// Call implements api.Core.
func (c *Core) Call(ctx context.Context, method string, params json.RawMessage) (json.RawMessage, error) {
	i := slices.IndexFunc(handlers, func(h handler) bool { return h.name == method })
	if i < 0 {
		return nil, api.ErrUnknownMethod
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, api.ErrInternal
	}
	return handlers[i].run(ctx, c, params)
}

// handler runs a method with the core's lock held.
type handler struct {
	name string
	run  func(ctx context.Context, c *Core, params json.RawMessage) (json.RawMessage, error)
}

// handle makes a handler of a function with the method's types.
func handle[P, R any](m api.Method[P, R], f func(ctx context.Context, c *Core, params P) (R, error)) handler {
	return handler{m.Name, func(ctx context.Context, c *Core, raw json.RawMessage) (json.RawMessage, error) {
		var params P
		if err := json.Unmarshal(raw, &params); err != nil {
			return nil, api.ErrBadParams
		}
		result, err := f(ctx, c, params)
		if err != nil {
			return nil, err
		}
		return json.Marshal(result)
	}}
}

var handlers = []handler{
	handle(api.GetStatus, func(_ context.Context, c *Core, _ api.None) (api.Status, error) { return c.status, nil }),
	handle(api.ListDevices, func(_ context.Context, c *Core, _ api.None) (api.Devices, error) {
		return api.Devices{Devices: c.devices, Limit: 4}, nil
	}),
	handle(api.RenameDevice, renameDevice),
	handle(api.RemoveDevice, removeDevice),
	handle(api.RemoveOtherDevices, func(_ context.Context, c *Core, _ api.None) (api.None, error) {
		c.devices = slices.DeleteFunc(c.devices, func(d api.Device) bool { return !d.Current })
		c.emitLocked(api.OnDevices.Name, api.None{})
		return api.None{}, nil
	}),
	handle(api.ExportDevices, func(_ context.Context, c *Core, _ api.None) (api.DevicesCSV, error) {
		return api.DevicesCSV{Text: "\"id\"\r\n"}, nil
	}),
	handle(api.Diagnose, func(_ context.Context, c *Core, _ api.DiagnoseParams) (api.Diagnosis, error) { return c.diagnosis, nil }),
	handle(api.GetHistory, func(_ context.Context, c *Core, _ api.None) (api.History, error) { return c.history, nil }),
	handle(api.RepairDevice, func(_ context.Context, c *Core, _ api.None) (api.None, error) {
		c.setHistoryLocked(api.History{Receiving: &api.HistoryReceiving{State: api.HistoryDone}})
		return api.None{}, nil
	}),
	handle(api.ListNotices, func(_ context.Context, c *Core, _ api.None) (api.Notices, error) {
		return api.Notices{Notices: c.notices}, nil
	}),
	handle(api.AnswerNotice, func(_ context.Context, c *Core, p api.NoticeID) (api.None, error) {
		c.notices = slices.DeleteFunc(c.notices, func(n api.Notice) bool { return n.ID == p.ID })
		c.emitLocked(api.OnNotices.Name, api.Notices{Notices: c.notices})
		return api.None{}, nil
	}),
	handle(api.SetName, setName),
	handle(api.SetPicture, setPicture),
	handle(api.GetPicture, getPicture),
	handle(api.GetSettings, func(_ context.Context, c *Core, _ api.None) (api.Settings, error) { return c.settings, nil }),
	handle(api.ChangeSettings, changeSettings),
	handle(api.ListChats, listChats),
	handle(api.OpenChat, openChat),
	handle(api.ListMessages, listMessages),
	handle(api.NewMessageID, func(_ context.Context, c *Core, _ api.None) (api.MessageID, error) {
		c.lastID++
		return api.MessageID{ID: fmt.Sprintf("message%d", c.lastID)}, nil
	}),
	handle(api.Send, send),
	handle(api.Search, search),
	handle(api.MarkRead, markRead),
	handle(api.ChangeChat, changeChat),
	handle(api.SetBlocked, setBlocked),
	handle(api.ListBlocked, listBlocked),
	handle(api.Star, star),
	handle(api.ListStarred, listStarred),
	handle(api.Reconnect, func(context.Context, *Core, api.None) (api.None, error) { return api.None{}, nil }),
	handle(api.StartLink, startLink),
	handle(api.StartCodeLink, startCodeLink),
	handle(api.ConfirmLinkWords, confirmLinkWords),
	handle(api.ClaimLinkCode, claimLinkCode),
	handle(api.CancelLink, func(_ context.Context, c *Core, _ api.None) (api.None, error) {
		c.status.State = api.StateNew
		return api.None{}, nil
	}),
	handle(api.InspectLink, inspectLink),
	handle(api.AcceptLink, acceptLink),
	handle(api.AcceptMove, acceptMove),
	handle(api.RejectLink, rejectLink),
	handle(api.Logout, func(_ context.Context, c *Core, _ api.None) (api.None, error) {
		c.loseLocked()
		return api.None{}, nil
	}),
	handle(api.Sync, func(ctx context.Context, c *Core, _ api.None) (api.Status, error) {
		return c.status, c.syncLocked(ctx)
	}),
}

func openChat(_ context.Context, c *Core, p api.OpenChatParams) (api.Chat, error) {
	if !strings.HasPrefix(p.Phone, "+") {
		return api.Chat{}, api.ErrPhoneInvalid
	}
	return c.chatLocked(p.Phone).Chat, nil
}

func listChats(_ context.Context, c *Core, _ api.None) (api.Chats, error) {
	list := api.Chats{Chats: []api.Chat{}}
	for _, chat := range c.chats {
		list.Chats = append(list.Chats, chat.Chat)
	}
	slices.SortFunc(list.Chats, func(a, b api.Chat) int { return cmp.Compare(b.UpdatedAt, a.UpdatedAt) })
	return list, nil
}

func listMessages(_ context.Context, c *Core, p api.MessagesParams) (api.Messages, error) {
	found := c.findLocked(p.ChatID)
	if found == nil {
		return api.Messages{}, api.ErrChatUnknown
	}
	page := api.Messages{Messages: []api.Message{}}
	for _, m := range found.messages {
		if m.Order > p.After && (p.Before == 0 || m.Order < p.Before) {
			page.Messages = append(page.Messages, m)
		}
	}
	limit := cmp.Or(p.Limit, 50)
	if page.More = len(page.Messages) > limit; page.More {
		if p.After > 0 {
			page.Messages = page.Messages[:limit]
		} else {
			page.Messages = page.Messages[len(page.Messages)-limit:]
		}
	}
	return page, nil
}

func send(ctx context.Context, c *Core, p api.SendParams) (api.Message, error) {
	if p.Text == "" {
		return api.Message{}, api.ErrMessageEmpty
	}
	to := c.findLocked(p.ChatID)
	if to == nil {
		return api.Message{}, api.ErrChatUnknown
	}
	i := slices.IndexFunc(to.messages, func(m api.Message) bool { return m.ID == p.ID })
	if i < 0 {
		c.addLocked(to, api.Message{ID: p.ID, Text: p.Text, Mine: true, Status: api.MessagePending})
		i = len(to.messages) - 1
	}
	if c.status.Connection != api.ConnectionOnline && !p.Wait {
		return to.messages[i], nil
	}
	if err := c.waitOnlineLocked(ctx); err != nil {
		return api.Message{}, err
	}
	to.messages[i].Status = api.MessageSent
	c.emitLocked(api.OnMessage.Name, to.messages[i])
	return to.messages[i], nil
}

func search(_ context.Context, c *Core, p api.SearchParams) (api.SearchResult, error) {
	found := api.SearchResult{Hits: []api.SearchHit{}}
	for _, chat := range c.chats {
		for _, m := range chat.messages {
			if before, after, ok := strings.Cut(m.Text, p.Query); ok {
				found.Hits = append(found.Hits, api.SearchHit{
					Message: m, ChatTitle: chat.Title,
					Snippet: []api.SnippetPart{{Text: before}, {Text: p.Query, Match: true}, {Text: after}},
				})
			}
		}
	}
	return found, nil
}

func renameDevice(_ context.Context, c *Core, p api.RenameDeviceParams) (api.None, error) {
	i := slices.IndexFunc(c.devices, func(d api.Device) bool { return d.ID == p.ID })
	if i < 0 {
		return api.None{}, api.ErrDeviceUnknown
	}
	c.devices[i].Name = p.Name
	c.emitLocked(api.OnDevices.Name, api.None{})
	return api.None{}, nil
}

func removeDevice(_ context.Context, c *Core, p api.DeviceID) (api.None, error) {
	i := slices.IndexFunc(c.devices, func(d api.Device) bool { return d.ID == p.ID })
	if i < 0 {
		return api.None{}, api.ErrDeviceUnknown
	}
	c.devices = slices.Delete(c.devices, i, i+1)
	c.emitLocked(api.OnDevices.Name, api.None{})
	return api.None{}, nil
}

func markRead(_ context.Context, c *Core, p api.MarkReadParams) (api.None, error) {
	found := c.findLocked(p.ChatID)
	if found == nil {
		return api.None{}, api.ErrChatUnknown
	}
	found.Unread, found.MarkedUnread = 0, false
	c.emitLocked(api.OnChat.Name, found.Chat)
	return api.None{}, nil
}

func (c *Core) findLocked(id string) *chat {
	for _, chat := range c.chats {
		if chat.ID == id {
			return chat
		}
	}
	return nil
}

func (c *Core) chatLocked(phone string) *chat {
	if found := c.findLocked("chat" + phone); found != nil {
		return found
	}
	made := &chat{Chat: api.Chat{ID: "chat" + phone, Kind: api.ChatDirect, Title: phone, Phone: phone}}
	c.chats = append(c.chats, made)
	return made
}

func (c *Core) addLocked(to *chat, m api.Message) api.Message {
	c.clock += 1000
	c.lastID++
	m.ID = cmp.Or(m.ID, fmt.Sprintf("message%d", c.lastID))
	m.ChatID, m.Kind, m.SentAt = to.ID, api.MessageText, c.clock
	m.Order = int64(len(to.messages) + 1)
	to.messages = append(to.messages, m)
	to.Last, to.UpdatedAt = &m, c.clock
	if !m.Mine {
		to.Unread++
	}
	c.emitLocked(api.OnMessage.Name, m)
	c.emitLocked(api.OnChat.Name, to.Chat)
	return m
}

// waitOnlineLocked gives the lock away while it waits.
func (c *Core) waitOnlineLocked(ctx context.Context) error {
	for c.status.Connection != api.ConnectionOnline {
		online := c.online
		c.mu.Unlock()
		var err error
		select {
		case <-online:
		case <-ctx.Done():
			err = ctx.Err()
		}
		c.mu.Lock()
		if err != nil {
			return err
		}
	}
	return nil
}

// syncLocked has the relay tell the numbers that were not known.
func (c *Core) syncLocked(ctx context.Context) error {
	if err := c.waitOnlineLocked(ctx); err != nil {
		return err
	}
	for _, one := range c.chats {
		if one.Phone == "" {
			one.Phone = strings.TrimPrefix(one.ID, "chat")
			c.emitLocked(api.OnChat.Name, one.Chat)
		}
	}
	return nil
}

// emitLocked calls the subscribers in order of the events, as they must not block.
func (c *Core) emitLocked(event string, data any) {
	raw, err := json.Marshal(data)
	if err != nil {
		panic(err) // only types of package api get here
	}
	for _, f := range c.subscribers {
		f(event, raw)
	}
}
