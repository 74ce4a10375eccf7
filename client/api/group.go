package api

// Errors of groups.
var (
	ErrGroupGone    = &Error{Code: "group_gone", Message: "You are not in this group any more. Ask one of its admins to add you."}
	ErrGroupPeople  = &Error{Code: "group_people", Message: "Choose whom to add to the group."}
	ErrGroupFull    = &Error{Code: "group_full", Message: "A group has room for 1,024 people. Choose fewer."}
	ErrGroupLink    = &Error{Code: "group_link", Message: "This is not an invite link of a group on this server. Ask for the whole link."}
	ErrGroupAdmins  = &Error{Code: "group_admins", Message: "A group needs an admin. Make somebody else an admin first."}
	ErrGroupWaiting = &Error{Code: "group_waiting", Message: "An admin of this group has not let you in yet."}
	ErrGroupWriting = &Error{Code: "group_writing", Message: "Only admins write in this group."}
)

// GroupNotice is something the app tells in the chat of a group.
type GroupNotice struct {
	// created, added, joined, left, removed, admin, dismissed, renamed, described, pictured,
	// settings, reset; or, of this account's wish to come in: asked, declined, withdrawn.
	What string `json:"what"`
	// Who did it; absent if that is not known.
	By *Person `json:"by,omitempty"`
	// To whom, at most eight of Count.
	People []Person `json:"people,omitempty"`
	Count  int      `json:"count,omitempty"`
	// The new name.
	Text string `json:"text,omitempty"`
}

// Person is an account as people see it in a group.
type Person struct {
	AccountID string `json:"accountId"`
	// What it is called: by this person, by itself, or the number; empty if nothing is known.
	Name  string `json:"name,omitempty"`
	Phone string `json:"phone,omitempty"`
	// It is the person's own.
	Own bool `json:"own,omitempty"`
}

// Group is a group as its members see it.
type Group struct {
	ChatID      string `json:"chatId"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	// This account is in it.
	Member bool `json:"member"`
	// It is an admin.
	Admin bool `json:"admin"`
	// What this account may do.
	MayEdit  bool `json:"mayEdit"`
	MayAdd   bool `json:"mayAdd"`
	MayWrite bool `json:"mayWrite"`
	// What only admins may do.
	AdminsEdit  bool `json:"adminsEdit"`
	AdminsAdd   bool `json:"adminsAdd"`
	AdminsWrite bool `json:"adminsWrite"`
	// Admins approve who joins by the link.
	AdminsApprove bool `json:"adminsApprove"`
	// Who asks to come in, for admins.
	Requests []Person `json:"requests,omitempty"`
	// The members, admins first, and who was one in the last 60 days, the latest first.
	Members []GroupMember `json:"members"`
	Past    []GroupMember `json:"past,omitempty"`
	// The invite link; empty without one.
	Link string `json:"link,omitempty"`
}

// GroupMember is somebody in a group.
type GroupMember struct {
	// As in Person.
	AccountID string `json:"accountId"`
	Name      string `json:"name,omitempty"`
	Phone     string `json:"phone,omitempty"`
	Own       bool   `json:"own,omitempty"`
	Admin     bool   `json:"admin,omitempty"`
	// Of past members: an admin removed them. When they went, Unix milliseconds.
	Removed bool  `json:"removed,omitempty"`
	GoneAt  int64 `json:"goneAt,omitempty"`
}

// CreateGroupParams begins a group.
type CreateGroupParams struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	// JPEG, PNG or WebP, base64, at most 24 KiB; empty for none.
	Picture string `json:"picture,omitempty"`
	// Whom to add: account ids, and numbers.
	AccountIDs []string `json:"accountIds,omitempty"`
	Phones     []string `json:"phones,omitempty"`
	// The chat of the announcement group of the community that it is to be in; empty for none.
	CommunityID string `json:"communityId,omitempty"`
}

// GroupPeople names people in a group.
type GroupPeople struct {
	ChatID     string   `json:"chatId"`
	AccountIDs []string `json:"accountIds,omitempty"`
	Phones     []string `json:"phones,omitempty"`
}

// GroupChange changes a group for everybody; what is absent stays.
type GroupChange struct {
	ChatID      string  `json:"chatId"`
	Name        *string `json:"name,omitempty"`
	Description *string `json:"description,omitempty"`
	// As in CreateGroupParams.
	Picture       *string `json:"picture,omitempty"`
	AdminsEdit    *bool   `json:"adminsEdit,omitempty"`
	AdminsAdd     *bool   `json:"adminsAdd,omitempty"`
	AdminsWrite   *bool   `json:"adminsWrite,omitempty"`
	AdminsApprove *bool   `json:"adminsApprove,omitempty"`
	// Account ids of who becomes an admin, and who is one no more.
	MakeAdmin    []string `json:"makeAdmin,omitempty"`
	DismissAdmin []string `json:"dismissAdmin,omitempty"`
	// A new invite link, which ends the former one; false ends it only.
	Link *bool `json:"link,omitempty"`
}

// JoinAnswer lets accounts in that ask to come into a group, or declines.
type JoinAnswer struct {
	ChatID     string   `json:"chatId"`
	AccountIDs []string `json:"accountIds"`
	Approve    bool     `json:"approve"`
}

// GroupLink is an invite link.
type GroupLink struct {
	Link string `json:"link"`
}
