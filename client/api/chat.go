package api

// ChatKind tells whom a chat is with.
type ChatKind string

// Kinds of chats.
const (
	ChatDirect ChatKind = "direct"
	ChatGroup  ChatKind = "group"
)

// Chat is a conversation as the person sees it.
type Chat struct {
	ID string `json:"id"`
	// What to show as its name: the contact's name, or the number.
	Title string `json:"title"`
	Phone string `json:"phone,omitempty"`
	// Of a group: how many are in it; 0 once this account is not. Whether it may write.
	Members  int  `json:"members,omitempty"`
	MayWrite bool `json:"mayWrite,omitempty"`
	// This account asks to come into the group, and an admin has not let it in yet.
	Waiting bool `json:"waiting,omitempty"`
	// Of a group: the community it is in, or announces.
	Community *ChatCommunity `json:"community,omitempty"`
	// How many ask an admin to come in.
	JoinRequests int `json:"joinRequests,omitempty"`
	// Whom it is with; absent for a group.
	AccountID string   `json:"accountId,omitempty"`
	Kind      ChatKind `json:"kind"`
	// It is the chat with oneself: notes, which only own devices read. Apps call it
	// that in the person's language.
	Self bool `json:"self"`
	// Messages from others not read yet, the same on all own devices.
	Unread int `json:"unread"`
	// Of a group: how many of them mention the person or answer them, and the order of
	// the first; 0 without one.
	Mentions     int   `json:"mentions,omitempty"`
	FirstMention int64 `json:"firstMention,omitempty"`
	// The latest message; absent in a new chat.
	Last *Message `json:"last,omitempty"`
	// When something last happened in it.
	UpdatedAt int64 `json:"updatedAt"`
	// The other person is looking at the app.
	Available bool `json:"available"`
	// When they last did; 0 if unknown.
	LastSeenAt int64 `json:"lastSeenAt,omitempty"`
	Typing     bool  `json:"typing"`
	// Its safety number was compared under its present keys (X6).
	Verified bool `json:"verified"`
	// Changes with the contact's picture, for GetPicture; 0 if there is none.
	PictureAt int64 `json:"pictureAt,omitempty"`
	// What the contact calls itself, where the person chose another title.
	OwnName string `json:"ownName,omitempty"`
	// The person put it away (M51), on top (M51), or marked it as unread (M53).
	Archived     bool `json:"archived"`
	Pinned       bool `json:"pinned"`
	MarkedUnread bool `json:"markedUnread"`
	// The person blocks the contact: nothing comes from it (M55).
	Blocked bool `json:"blocked,omitempty"`
	// It does not notify until then (M52); 0 if it is not muted.
	MutedUntil int64 `json:"mutedUntil,omitempty"`
	// It notifies only of what is addressed to the person, of which Mentions is the number.
	MentionsOnly bool `json:"mentionsOnly,omitempty"`
	// Notifications show what is written in it, where Settings.Previews is chosen
	// (M105).
	Preview bool `json:"preview"`
	// What was written and not sent, on any own device, and what it answers.
	Draft      string `json:"draft,omitempty"`
	DraftReply *Quote `json:"draftReply,omitempty"`
	// What is drawn behind its messages, like Settings.Wallpaper; empty for what that says.
	Wallpaper string `json:"wallpaper,omitempty"`
	// How long new messages are kept, seconds; 0 for ever.
	KeptFor int64 `json:"keptFor,omitempty"`
	// The messages that stand at its top for everybody in it, the last that was pinned
	// first; at most three. Whether this account may change them.
	Pins   []Pinned `json:"pins,omitempty"`
	MayPin bool     `json:"mayPin,omitempty"`
}

// ChatChange changes a chat on all own devices; what is absent stays.
type ChatChange struct {
	ChatID       string `json:"chatId"`
	Archived     *bool  `json:"archived,omitempty"`
	Pinned       *bool  `json:"pinned,omitempty"`
	MarkedUnread *bool  `json:"markedUnread,omitempty"`
	// Unix milliseconds; 0 ends it, a time far away is for ever.
	MutedUntil   *int64 `json:"mutedUntil,omitempty"`
	MentionsOnly *bool  `json:"mentionsOnly,omitempty"`
	Preview      *bool  `json:"preview,omitempty"`
	// What to call the contact; empty for what it calls itself.
	Name *string `json:"name,omitempty"`
	// What was written and not sent, and the id of the message that it answers; empty
	// when it was sent or given up.
	Draft        *string `json:"draft,omitempty"`
	DraftReplyTo *string `json:"draftReplyTo,omitempty"`
	// A word of letters and digits, or empty.
	Wallpaper *string `json:"wallpaper,omitempty"`
}

// SetBlockedParams blocks the contact of a chat, or ends that.
type SetBlockedParams struct {
	ChatID  string `json:"chatId"`
	Blocked bool   `json:"blocked"`
}

// StarParams marks a message to find it again, on all own devices (M48).
type StarParams struct {
	ID      string `json:"id"`
	Starred bool   `json:"starred"`
}

// Chats is the chat list, the latest first.
type Chats struct {
	Chats []Chat `json:"chats"`
}

// OpenChatParams finds or makes the chat with a number.
type OpenChatParams struct {
	Phone string `json:"phone"`
}

// ChatID names a chat.
type ChatID struct {
	ChatID string `json:"chatId"`
}

// Message is one message of a chat.
type Message struct {
	ID     string `json:"id"`
	ChatID string `json:"chatId"`
	// Order within the chat, ascending. It changes once, when a message that
	// was waiting has got its place.
	Order int64       `json:"order"`
	Kind  MessageKind `json:"kind"`
	Mine  bool        `json:"mine"`
	// Who wrote it, as far as known.
	SenderName string `json:"senderName,omitempty"`
	Text       string `json:"text"`
	// When the relay took it; before that, when it was written.
	SentAt int64 `json:"sentAt"`
	// With a warning of a silent device: when it ends.
	Until  int64         `json:"until,omitempty"`
	Status MessageStatus `json:"status"`
	// With failed: why, and what to do.
	Error *Error `json:"error,omitempty"`
	// With a message that waits: whose devices are asked for it (X9).
	WaitsFor WaitsFor `json:"waitsFor,omitempty"`
	// The person marked it to find it again (M48).
	Starred bool `json:"starred,omitempty"`
	// With a file; Text is its caption.
	Media *Media `json:"media,omitempty"`
	// What it answers (X2).
	Quote     *Quote `json:"quote,omitempty"`
	Forwarded bool   `json:"forwarded,omitempty"`
	// Its author changed it; GetMessageDetails has what it said before.
	Edited bool `json:"edited,omitempty"`
	// How it was reacted to, the most frequent first.
	Reactions []Reaction `json:"reactions,omitempty"`
	Poll      *Poll      `json:"poll,omitempty"`
	Location  *Location  `json:"location,omitempty"`
	Contact   *Contact   `json:"contact,omitempty"`
	Mentions  []Mention  `json:"mentions,omitempty"`
	// Somebody else wrote it in a group for the person, whom it mentions or answers.
	Addressed bool `json:"addressed,omitempty"`
	// When it is deleted everywhere; 0 for never.
	ExpiresAt int64 `json:"expiresAt,omitempty"`
	// With a timer: how long new messages are kept, seconds; 0 for ever. With a pin: for
	// how long.
	KeptFor int64 `json:"keptFor,omitempty"`
	// It may be opened once, with OpenOnce; with kind once, what is left of it.
	ViewOnce bool  `json:"viewOnce,omitempty"`
	Once     *Once `json:"once,omitempty"`
	// Until when its author may still edit it, and take it away from everybody; 0 if
	// it cannot be.
	EditableUntil  int64 `json:"editableUntil,omitempty"`
	DeletableUntil int64 `json:"deletableUntil,omitempty"`
	// Of a message of somebody else in a group: whose it is.
	SenderID string `json:"senderId,omitempty"`
	// What a page that the text links to says of itself; no address but this is asked.
	Preview *LinkPreview `json:"preview,omitempty"`
	// With a notice of a group.
	Notice *GroupNotice `json:"notice,omitempty"`
}

// MessageKind is what a message is.
type MessageKind string

// Kinds of messages.
const (
	MessageText MessageKind = "text"
	// A file; Media says what.
	MessageMedia MessageKind = "media"
	// Something the app tells in a group: see Notice.
	MessageGroup MessageKind = "group"
	// Something the app tells: the contact's security keys changed.
	MessageKeysChanged MessageKind = "keysChanged"
	// The same: the contact linked a device or logged one out (X6).
	MessageDevicesChanged MessageKind = "devicesChanged"
	// The same, in the notes to oneself: the primary (M14), or a linked device
	// named by Text, was not used for long and will be logged out at Until.
	MessagePrimarySilent MessageKind = "primarySilent"
	MessageDeviceUnused  MessageKind = "deviceUnused"
	// A message this device cannot read yet; it is being fetched from the
	// account's other devices (X9).
	MessageWaiting MessageKind = "waiting"
	// MessageReset tells that the encryption of the chat was set up again; nothing
	// is lost.
	MessageReset    MessageKind = "reset"
	MessagePoll     MessageKind = "poll"
	MessageLocation MessageKind = "location"
	MessageContact  MessageKind = "contact"
	// The same: how long new messages of the chat are kept.
	MessageTimer MessageKind = "timer"
	// The same: a message, Quote, was pinned for KeptFor, or, with 0, is not any more.
	MessagePin MessageKind = "pin"
	// Its author took it away from everybody.
	MessageDeleted MessageKind = "deleted"
	// A file that could be opened once; Once says what became of it.
	MessageOnce MessageKind = "once"
	// A later version of the app wrote it: this one has to be updated to show it.
	MessageUnsupported MessageKind = "unsupported"
)

// WaitsFor is who is asked for a message that this device cannot read.
type WaitsFor string

// Who is asked: other own devices first; where there are none, or they did not
// answer for a while, the other person in the chat, too.
const (
	WaitsForOwn     WaitsFor = "ownDevices"
	WaitsForContact WaitsFor = "contact"
	WaitsForBoth    WaitsFor = "both"
	// The person wrote it on another device, and for more than a day no device that
	// was asked had it: the one that wrote it may have been logged out.
	WaitsForGone WaitsFor = "gone"
	// Who wrote it has left the group, and no own device had it, for more than a day if
	// there are others.
	WaitsForNobody WaitsFor = "nobody"
)

// MessageStatus is how far a message has got.
type MessageStatus string

// States of a message; those of others are received.
const (
	MessagePending   MessageStatus = "pending"
	MessageSent      MessageStatus = "sent"
	MessageDelivered MessageStatus = "delivered"
	MessageRead      MessageStatus = "read"
	MessageFailed    MessageStatus = "failed"
	MessageReceived  MessageStatus = "received"
)

// MessagesParams asks for a page of a chat.
type MessagesParams struct {
	ChatID string `json:"chatId"`
	// Only messages with a lower order; 0 for the latest.
	Before int64 `json:"before,omitempty"`
	// Only messages with a higher order, the lowest first; 0 for no such bound.
	After int64 `json:"after,omitempty"`
	// Instead of both: only messages that were sent at this time or later, the earliest
	// first; Unix milliseconds.
	Since int64 `json:"since,omitempty"`
	// At most so many; 0 for 50, at most 500.
	Limit int `json:"limit,omitempty"`
}

// Messages is a page of a chat, in ascending order.
type Messages struct {
	Messages []Message `json:"messages"`
	// There are more beyond this page.
	More bool `json:"more"`
}

// SendParams sends a text.
type SendParams struct {
	ChatID string `json:"chatId"`
	Text   string `json:"text"`
	// The message's id, from newMessageId or any earlier use of it; the same id
	// sends once. May be empty for callers that do not repeat calls.
	ID string `json:"id,omitempty"`
	// Return only when the relay has taken the message.
	Wait bool `json:"wait,omitempty"`
	// The message of the same chat that it answers; may be empty.
	ReplyTo string `json:"replyTo,omitempty"`
	// Of a page that the text links to; its URL stands in the text. It may be left out.
	Preview *LinkPreview `json:"preview,omitempty"`
	// Who is mentioned: the text has "@" and each name.
	Mentions []Mention `json:"mentions,omitempty"`
}

// MessageID names a message.
type MessageID struct {
	ID string `json:"id"`
}

// RemovedMessage is a message that is not there any more.
type RemovedMessage struct {
	ID     string `json:"id"`
	ChatID string `json:"chatId"`
}

// MarkReadParams says that the person has read up to a message.
type MarkReadParams struct {
	ChatID string `json:"chatId"`
	// The order of the last message seen.
	Order int64 `json:"order"`
}

// SetTypingParams says whether the person is typing; repeat every 3 seconds.
type SetTypingParams struct {
	ChatID string `json:"chatId"`
	Active bool   `json:"active"`
}

// SetAvailableParams says whether the person is looking at the app.
type SetAvailableParams struct {
	Available bool `json:"available"`
}

// SearchParams looks for words in all messages (M54).
type SearchParams struct {
	Query string `json:"query"`
	// Only in this chat; empty for all.
	ChatID string `json:"chatId,omitempty"`
	// 0 for 50.
	Limit int `json:"limit,omitempty"`
}

// SearchResult is what was found, the latest first.
type SearchResult struct {
	Hits []SearchHit `json:"hits"`
}

// SearchHit is a message that has all the words.
type SearchHit struct {
	Message   Message `json:"message"`
	ChatTitle string  `json:"chatTitle"`
	// An excerpt in parts, those that match marked.
	Snippet []SnippetPart `json:"snippet"`
}

// SnippetPart is a piece of an excerpt.
type SnippetPart struct {
	Text  string `json:"text"`
	Match bool   `json:"match,omitempty"`
}
