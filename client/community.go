package client

import (
	"slices"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire/grouprules"
)

// A community is its announcement group: the details of that group list the groups of the
// community, and the details of each of these name the announcement group
// (docs/design/0022-communities.md). Details count for this only where none but admins change
// them: a member could otherwise move everybody into a community of its own.

// maxLinkedGroups is how many groups a community has at most: their names and links travel with
// the picture in one message.
const maxLinkedGroups = 50

// linksWellFormed reports whether what details say of a community is in order.
func linksWellFormed(d *content.GroupDetails) bool {
	if len(d.Groups) > maxLinkedGroups || (len(d.CommunityID) == 0) != (len(d.CommunitySecret) == 0) ||
		len(d.CommunityID) != 0 && (len(d.CommunityID) != len(ident.ConversationID{}) || len(d.CommunitySecret) != linkSecretSize) {
		return false
	}
	for i, g := range d.Groups {
		name, err := cleanName(g.Name)
		if len(g.ConversationID) != len(ident.ConversationID{}) || err != nil || name != g.Name ||
			len(g.LinkSecret) != 0 && len(g.LinkSecret) != linkSecretSize ||
			slices.ContainsFunc(d.Groups[:i], func(o *content.LinkedGroup) bool { return string(o.ConversationID) == string(g.ConversationID) }) {
			return false
		}
	}
	return true
}

// dropLinks takes out of details what they say of a community.
func dropLinks(d *content.GroupDetails) {
	d.Community, d.Groups, d.CommunityID, d.CommunitySecret = false, nil, nil, nil
}

// linked finds a group among those that an announcement group lists; nil if it is not there.
func linked(d *content.GroupDetails, group ident.ConversationID) *content.LinkedGroup {
	for _, g := range d.Groups {
		if string(g.ConversationID) == string(group[:]) {
			return g
		}
	}
	return nil
}

// names reports whether the details of a group name an announcement group.
func names(d *content.GroupDetails, community ident.ConversationID) bool {
	return string(d.CommunityID) == string(community[:])
}

// linkView is what a device knows of a group this account is in that matters for communities.
type linkView struct {
	known   *store.GroupChat
	details *content.GroupDetails
	// admins: only they change the details. announces: it is an announcement group.
	admins, announces bool
}

// viewLinks returns nil if this account is not in the group.
func (tx *tx) viewLinks(id ident.ConversationID) (*linkView, error) {
	known, err := tx.FindGroupChat(id)
	if err != nil || known == nil || known.Gone != 0 {
		return nil, err
	}
	state, err := grouprules.Parse(known.State)
	if err != nil {
		return nil, nil //nolint:nilerr // of a group whose state is unknown nothing counts
	}
	v := &linkView{known: known, admins: state.AdminsEdit}
	if v.details, err = tx.groupDetails(id); err != nil {
		return nil, err
	}
	v.announces = v.details.Community && state.AdminsEdit && state.AdminsWrite
	return v, nil
}

// communityNamed is the announcement group that a group names; zero for none.
func (v *linkView) communityNamed() (id ident.ConversationID) {
	if v.admins && len(v.details.CommunityID) == len(id) {
		copy(id[:], v.details.CommunityID)
	}
	return id
}

// communityOf is the community that a group is in, or announces, and its name: both sides say so. It is
// zero for none, and for one that this account is not in.
func (tx *tx) communityOf(id ident.ConversationID) (community ident.ConversationID, name string, err error) {
	v, err := tx.viewLinks(id)
	if err != nil || v == nil {
		return community, "", err
	}
	if v.announces {
		return id, v.details.Name, nil
	}
	of := v.communityNamed()
	if of == (ident.ConversationID{}) {
		return community, "", nil
	}
	announcing, err := tx.viewLinks(of)
	if err != nil || announcing == nil || !announcing.announces || linked(announcing.details, id) == nil {
		return community, "", err
	}
	return of, announcing.details.Name, nil
}

// isAdminOf reports whether this account is an admin of a group.
func (tx *tx) isAdminOf(id ident.ConversationID) (bool, error) {
	v, err := tx.viewGroup(id)
	if err != nil || v == nil || v.Gone != 0 {
		return false, err
	}
	return grouprules.IsAdmin(v.state, v.present, tx.identity.Account), nil
}

// linkTo is how an announcement group lists a group.
func (tx *tx) linkTo(id ident.ConversationID) (*content.LinkedGroup, error) {
	v, err := tx.viewGroup(id)
	if err != nil || v == nil {
		return nil, err
	}
	g := &content.LinkedGroup{ConversationID: id[:], Name: v.details.Name, AdminsApprove: v.state.AdminsApprove}
	if len(v.details.LinkSecret) > 0 && grouprules.OpensLink(v.state, linkToken(v.details.LinkSecret)) {
		g.LinkSecret = v.details.LinkSecret
	}
	return g, nil
}
