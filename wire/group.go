package wire

import "bytes"

// GroupIDSize is the length of the id of a conversation's MLS group after a
// reset; the first group has the conversation's own.
const GroupIDSize = 2 * IDSize

// IsGroupOf reports whether an MLS group id is one of a conversation: its own
// id, or, after a reset, one that begins with it.
func IsGroupOf(group, conversation []byte) bool {
	return bytes.Equal(group, conversation) || IsResetGroupOf(group, conversation)
}

// IsResetGroupOf reports whether a group id is one that a reset has given.
func IsResetGroupOf(group, conversation []byte) bool {
	return len(group) == GroupIDSize && len(conversation) == IDSize && bytes.HasPrefix(group, conversation)
}
