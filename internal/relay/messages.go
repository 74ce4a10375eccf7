package relay

import (
	"bytes"

	"parley/ident"
	"parley/internal/store"
	"parley/mls/delivery"
	"parley/wire"
)

// commitParts is what goes with a commit, checked as far as a relay can see.
type commitParts struct {
	welcome   []byte
	groupInfo []byte
	// epoch is the one that the commit leads to.
	epoch uint64
	suite uint16
	// group is what groupInfo tells.
	group *delivery.PublicGroup
}

// checkHeader refuses a message whose clear header is not that of a message of
// the kind, in the conversation and epoch that it is sent for, and returns the
// group that it is of.
func checkHeader(message []byte, id ident.ConversationID, kind wire.EntryKind, epoch uint64, external bool) (group []byte, err error) {
	h, err := delivery.ParseHeader(message)
	if err != nil || !wire.IsGroupOf(h.GroupID, id[:]) {
		return nil, refuse(wire.ErrorMalformed)
	}
	if h.Epoch != epoch {
		return nil, refuse(wire.ErrorMalformed)
	}
	switch kind {
	case wire.EntryApplication:
		if h.WireFormat != delivery.PrivateMessage || h.Content != delivery.Application {
			return nil, refuse(wire.ErrorMalformed)
		}
	case wire.EntryCommit:
		fromOutside := h.WireFormat == delivery.PublicMessage && h.Sender == delivery.NewMemberCommit
		if !isCommit(h) || fromOutside != external {
			return nil, refuse(wire.ErrorMalformed)
		}
	default:
		return nil, refuse(wire.ErrorMalformed)
	}
	return bytes.Clone(h.GroupID), nil
}

func isCommit(h delivery.Header) bool {
	carriesContent := h.WireFormat == delivery.PublicMessage || h.WireFormat == delivery.PrivateMessage
	return carriesContent && h.Content == delivery.Commit
}

// checkCommitParts refuses a welcome or GroupInfo that is too large or does
// not belong to the commit's new epoch.
func checkCommitParts(groupID []byte, epoch uint64, welcome, groupInfo []byte) (commitParts, error) {
	if len(welcome) > wire.MaxGroupInfo || len(groupInfo) > wire.MaxGroupInfo {
		return commitParts{}, refuse(wire.ErrorTooLarge)
	}
	if len(welcome) > 0 {
		if h, err := delivery.ParseHeader(welcome); err != nil || h.WireFormat != delivery.Welcome {
			return commitParts{}, refuse(wire.ErrorMalformed)
		}
	}
	// It takes only suites with Ed25519, for which the relay's external sender
	// can propose removals (RFC 9420 section 17.1).
	group, err := delivery.ParseGroupInfo(groupInfo)
	if err != nil || !bytes.Equal(group.GroupID, groupID) || group.Epoch != epoch {
		return commitParts{}, refuse(wire.ErrorMalformed)
	}
	return commitParts{welcome: welcome, groupInfo: groupInfo, epoch: epoch, suite: group.CipherSuite, group: group}, nil
}

// checkLeaves refuses a GroupInfo that its sender has not signed, or whose
// leaves are not the members, each with the key of its certificate. What it
// proves is how the sender's GroupInfo has it; devices that join check that the
// tree is the group's.
func checkLeaves(r store.Reader, group *delivery.PublicGroup, members []store.Member, sender ident.DeviceID) error {
	if len(group.Leaves) != len(members) {
		return refuse(wire.ErrorMalformed)
	}
	keys := make(map[uint32][]byte, len(members))
	for _, leaf := range group.Leaves {
		keys[leaf.Index] = leaf.SignatureKey
	}
	for _, m := range members {
		key := m.Key
		if key == nil { // it comes with this commit
			device, err := r.FindDevice(m.Device)
			if err != nil {
				return err
			}
			key = device.Key
		}
		if !bytes.Equal(keys[m.Leaf], key) || (m.Device == sender && m.Leaf != group.Signer) {
			return refuse(wire.ErrorMalformed)
		}
	}
	return nil
}
