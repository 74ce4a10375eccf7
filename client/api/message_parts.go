package api

// Quote is the beginning of the message that another one answers.
type Quote struct {
	// For jumping there.
	ID    string `json:"id"`
	Order int64  `json:"order,omitempty"`
	Mine  bool   `json:"mine,omitempty"`
	// Who wrote it, as far as known.
	SenderName string `json:"senderName,omitempty"`
	Text       string `json:"text"`
	// What the message is; absent if it is not on this device. Then the text is what the
	// answer claims.
	Kind MessageKind `json:"kind,omitempty"`
	// Of a file, how it is shown, as far as known; a file may have no text.
	Media MediaKind `json:"media,omitempty"`
}

// LinkPreview is what a page says of itself.
type LinkPreview struct {
	URL         string `json:"url"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	// An image file, base64. Of a message, and to be sent: JPEG, PNG or WebP with at most
	// 16 KiB; as it was fetched to 1 MiB, GIF as well.
	Picture string `json:"picture,omitempty"`
}

// LinkURL names a page.
type LinkURL struct {
	URL string `json:"url"`
}

// ReportParams tells the operator of the relay of a person.
type ReportParams struct {
	// A direct chat; its contact is reported.
	ChatID string `json:"chatId,omitempty"`
	// Instead of ChatID, or with it: messages of one other person that the operator gets
	// as text. At most 20.
	MessageIDs []string `json:"messageIds,omitempty"`
	// What the person says of it, at most 1,024 bytes.
	Note string `json:"note,omitempty"`
}

// Reaction is an emoji under a message.
type Reaction struct {
	Emoji string `json:"emoji"`
	Count int    `json:"count"`
	// One is by this account.
	Mine bool `json:"mine,omitempty"`
}

// Mention is a person whose name stands in a text behind "@".
type Mention struct {
	AccountID string `json:"accountId"`
	Name      string `json:"name"`
	// It is the person themselves.
	Me bool `json:"me,omitempty"`
}

// Poll is a question with what was answered so far.
type Poll struct {
	Question string       `json:"question"`
	Options  []PollOption `json:"options"`
	// More than one option may be chosen.
	Multiple bool `json:"multiple,omitempty"`
	// How many people voted.
	Voters int `json:"voters"`
}

// PollOption is one possible answer.
type PollOption struct {
	Text  string `json:"text"`
	Votes int    `json:"votes"`
	// This account chose it.
	Mine bool `json:"mine,omitempty"`
}

// Location is a place, in degrees (WGS 84).
type Location struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
}

// Contact is how somebody can be reached.
type Contact struct {
	Name  string `json:"name"`
	Phone string `json:"phone"`
}

// EditParams changes the text of a message of one's own, for 15 minutes.
type EditParams struct {
	ID       string    `json:"id"`
	Text     string    `json:"text"`
	Mentions []Mention `json:"mentions,omitempty"`
}

// ReactParams puts an emoji under a message in the place of the former one; an empty one
// takes it away.
type ReactParams struct {
	ID    string `json:"id"`
	Emoji string `json:"emoji"`
}

// DeleteParams takes messages away: from all own devices or, of one's own messages and
// for two days, from everybody.
type DeleteParams struct {
	IDs         []string `json:"ids"`
	ForEveryone bool     `json:"forEveryone,omitempty"`
}

// MessageDetails is what else is known of a message.
type MessageDetails struct {
	Message Message `json:"message"`
	// What it said before its edits, the first version first.
	Versions  []MessageVersion `json:"versions"`
	Reactions []ReactionBy     `json:"reactions"`
	Votes     []VoteBy         `json:"votes"`
	// Of a message of one's own: how far it got with each other person who was in the
	// chat, those first who have read it.
	Receipts []ReceiptBy `json:"receipts"`
}

// MessageVersion is a former text.
type MessageVersion struct {
	Text string `json:"text"`
	// When it was first said so.
	At int64 `json:"at"`
}

// ReactionBy is the reaction of a person.
type ReactionBy struct {
	Emoji string `json:"emoji"`
	Name  string `json:"name"`
	Mine  bool   `json:"mine,omitempty"`
	At    int64  `json:"at"`
}

// VoteBy is who chose which options, by their place.
type VoteBy struct {
	Name    string `json:"name"`
	Mine    bool   `json:"mine,omitempty"`
	Options []int  `json:"options"`
}

// ReceiptBy is how far a message got with a person, and when, by the relay's clock; a
// time is 0 if it has not got so far, or when is not known. One that was read together
// with later ones has their time.
type ReceiptBy struct {
	Name        string        `json:"name"`
	Status      MessageStatus `json:"status"`
	DeliveredAt int64         `json:"deliveredAt,omitempty"`
	ReadAt      int64         `json:"readAt,omitempty"`
	// When they opened what can be opened once.
	OpenedAt int64 `json:"openedAt,omitempty"`
}

// ForwardParams hands messages on to chats.
type ForwardParams struct {
	IDs     []string `json:"ids"`
	ChatIDs []string `json:"chatIds"`
}

// SendPollParams asks a question with 2 to 12 answers.
type SendPollParams struct {
	ChatID   string   `json:"chatId"`
	Question string   `json:"question"`
	Options  []string `json:"options"`
	Multiple bool     `json:"multiple,omitempty"`
	// As in SendParams.
	ID string `json:"id,omitempty"`
}

// VoteParams chooses options of a poll, by their place; none takes the vote back.
type VoteParams struct {
	ID      string `json:"id"`
	Options []int  `json:"options"`
}

// SendLocationParams sends a place, in degrees (WGS 84).
type SendLocationParams struct {
	ChatID    string  `json:"chatId"`
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
	// As in SendParams.
	ID string `json:"id,omitempty"`
}

// SendContactParams hands on a number.
type SendContactParams struct {
	ChatID string `json:"chatId"`
	Name   string `json:"name"`
	Phone  string `json:"phone"`
	// As in SendParams.
	ID string `json:"id,omitempty"`
}

// SetTimerParams sets how long new messages of a chat are kept, seconds; 0 for ever.
type SetTimerParams struct {
	ChatID  string `json:"chatId"`
	Seconds int64  `json:"seconds"`
}

// PinParams has a message stand at the top of its chat for everybody in it.
type PinParams struct {
	ID string `json:"id"`
	// For how long, at most 30 days; 0 takes it away.
	Seconds int64 `json:"seconds"`
}

// Pinned is a message that stands at the top of its chat.
type Pinned struct {
	Message Quote `json:"message"`
	// Unix milliseconds.
	Until int64 `json:"until"`
}
