package api

// StorageUse is what files take on this device. One that is in several chats counts in
// the first.
type StorageUse struct {
	// Bytes of all, before sealing.
	Bytes int64         `json:"bytes"`
	Chats []ChatStorage `json:"chats"`
}

// ChatStorage is what the files of a chat take on this device, the largest chat first.
type ChatStorage struct {
	ChatID string `json:"chatId"`
	Files  int    `json:"files"`
	Bytes  int64  `json:"bytes"`
}

// ListFilesParams asks for the files of a chat.
type ListFilesParams struct {
	ChatID string `json:"chatId"`
	// At most so many; 0 for 50, at most 500.
	Limit int `json:"limit,omitempty"`
}

// MessageIDs names messages.
type MessageIDs struct {
	IDs []string `json:"ids"`
}

// LostFiles are messages whose files are on this device and not at the relay any more:
// removed here, they can be had of other devices only.
type LostFiles struct {
	IDs []string `json:"ids"`
}
