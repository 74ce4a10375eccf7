package api

// Errors of communities.
var (
	ErrCommunityUnknown  = &Error{Code: "community_unknown", Message: "This community is not there any more, or you are not in it."}
	ErrCommunityAdmin    = &Error{Code: "community_admin", Message: "Only admins of both the community and the group can do this. Ask one of them."}
	ErrCommunityOther    = &Error{Code: "community_other", Message: "This group is in another community, or is one itself. Take it out there first."}
	ErrCommunityFull     = &Error{Code: "community_full", Message: "A community has room for 50 groups. Take one out first."}
	ErrCommunityClosed   = &Error{Code: "community_closed", Message: "This group has no invite link. Ask somebody in it to add you."}
	ErrCommunitySettings = &Error{Code: "community_settings", Message: "This has to stay while there is a community. Take the group out of it first, or end the community."}
)

// Community gathers groups under an announcement group, in which its admins write to everybody.
type Community struct {
	// Of the announcement group, as are the name and what follows.
	ChatID      string `json:"chatId"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	// This account is an admin of the community.
	Admin   bool `json:"admin"`
	Members int  `json:"members"`
	// The invite link; empty without one.
	Link   string           `json:"link,omitempty"`
	Groups []CommunityGroup `json:"groups"`
}

// CommunityGroupState is how this account stands to a group of its community.
type CommunityGroupState string

// States of a group in a community.
const (
	// It is in the group.
	CommunityGroupJoined CommunityGroupState = "joined"
	// It asks to come in.
	CommunityGroupWaiting CommunityGroupState = "waiting"
	// It may join; it may ask its admins.
	CommunityGroupOpen CommunityGroupState = "open"
	CommunityGroupAsk  CommunityGroupState = "ask"
	// The group has no invite link.
	CommunityGroupClosed CommunityGroupState = "closed"
	// The group does not say that it is in the community; only admins see it.
	CommunityGroupUnconfirmed CommunityGroupState = "unconfirmed"
)

// CommunityGroup is a group of a community.
type CommunityGroup struct {
	ChatID string              `json:"chatId"`
	Name   string              `json:"name"`
	State  CommunityGroupState `json:"state"`
	// How many are in it; 0 if this account is not.
	Members int `json:"members,omitempty"`
	// This account may take it out of the community.
	MayUnlink bool `json:"mayUnlink,omitempty"`
}

// ChatCommunity is the community that a group is in.
type ChatCommunity struct {
	// The chat of its announcement group; that of the chat itself if it is this one.
	ChatID string `json:"chatId"`
	Name   string `json:"name"`
}

// CreateCommunityParams begins a community.
type CreateCommunityParams struct {
	// As in CreateGroupParams.
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Picture     string `json:"picture,omitempty"`
	// Chats of groups to take in, of which this account is an admin.
	GroupIDs []string `json:"groupIds,omitempty"`
}

// CommunityGroupID names a group of a community.
type CommunityGroupID struct {
	// The chat of the announcement group.
	CommunityID string `json:"communityId"`
	ChatID      string `json:"chatId"`
}

// LeaveCommunityParams leaves a community.
type LeaveCommunityParams struct {
	// The chat of the announcement group.
	ChatID string `json:"chatId"`
	// Leave its groups, too.
	Groups bool `json:"groups,omitempty"`
}
