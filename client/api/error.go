package api

// Error is what a call returns when it failed for a reason a person can do
// something about.
type Error struct {
	// Stable name: a code of the relay (wire.ErrorCode.String) or one of below.
	Code string `json:"code"`
	// One plain English sentence that says what to do next.
	Message string `json:"message"`
	// When a retry makes sense, milliseconds from now; 0 if time does not help.
	RetryAfterMS int64 `json:"retryAfterMs,omitempty"`
	// With code_wrong: how many tries remain.
	TriesLeft int `json:"triesLeft,omitempty"`
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// Is makes errors.Is compare codes.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Errors of the core itself; those of the relay keep the relay's codes.
var (
	ErrBadParams         = &Error{Code: "bad_params", Message: "The app asked for something it should not have. Please reload it."}
	ErrUnknownMethod     = &Error{Code: "unknown_method", Message: "This part of the app is newer than its core. Please reload it."}
	ErrNotRegistered     = &Error{Code: "not_registered", Message: "This device has no account yet. Register it or link it to your phone first."}
	ErrAlreadyRegistered = &Error{Code: "already_registered", Message: "This device already has an account. Log out first to use another one."}
	ErrRelayUnreachable  = &Error{Code: "relay_unreachable", Message: "The server cannot be reached. Check the address and your internet connection, then try again."}
	ErrRelayURL          = &Error{Code: "relay_url_invalid", Message: "This is not the address of a server. Write it like https://chat.example.org."}
	ErrPhoneInvalid      = &Error{Code: "phone_invalid", Message: "This is not a phone number. Write it with + and the country code, like +32 470 12 34 56."}
	ErrCodeFormat        = &Error{Code: "code_format", Message: "A registration code has six digits. Please check it and try again."}
	ErrPictureInvalid    = &Error{Code: "picture_invalid", Message: "This picture cannot be used. Choose another one, as a JPEG, PNG or WebP file."}
	ErrNameInvalid       = &Error{Code: "name_invalid", Message: "Please give a name of 1 to 64 characters."}
	ErrLinkMalformed     = &Error{Code: "link_malformed", Message: "This is not a Parley link code. Scan the QR code that the new device shows, or paste its whole link."}
	ErrLinkCodeMalformed = &Error{Code: "link_code_malformed", Message: "A link code has eight letters and digits, like 7KQ4-M2XP. Type it as the new device shows it."}
	ErrLinkMoves         = &Error{Code: "link_moves", Message: "This device asks for the whole account, to become your primary. Say so, or choose on it to be linked."}
	ErrLinkStays         = &Error{Code: "link_stays", Message: "This device asks to be linked, not to become your primary. Link it, or choose on it to move the account."}
	ErrLinkOtherRelay    = &Error{Code: "link_other_relay", Message: "The new device uses another server than this account. Enter this account's server there and scan again."}
	ErrLinkTampered      = &Error{Code: "link_tampered", Message: "What came back did not fit the code on the screen, so nothing was linked. Get another code on the new device and try again."}
	ErrChatUnknown       = &Error{Code: "chat_unknown", Message: "This chat is not on this device. Open it again from the list."}
	ErrSafetyCode        = &Error{Code: "safety_code", Message: "This is not a safety code. Ask your contact to open the safety number of your chat and scan the code shown there."}
	ErrSafetyOtherPerson = &Error{Code: "safety_other_person", Message: "This code belongs to another chat. Ask your contact to open the chat with you and show the code there."}
	ErrContactBlocked    = &Error{Code: "contact_blocked", Message: "You have blocked this contact. End the block to write to them."}
	ErrMessageEmpty      = &Error{Code: "message_empty", Message: "There is nothing to send yet. Write something first."}
	ErrMessageTooLong    = &Error{Code: "too_large", Message: "This message is too long. Please shorten it or split it."}
	ErrFileUnknown       = &Error{Code: "file_unknown", Message: "This message has no file, or not any more."}
	ErrFileUnreadable    = &Error{Code: "file_unreadable", Message: "This file cannot be read. Check that it is there and not being changed, then try again."}
	ErrFileExists        = &Error{Code: "file_exists", Message: "There is a file of that name already. Choose another name or folder."}
	ErrFileLost          = &Error{Code: "file_lost", Message: "This file is not on this device any more. Choose it again."}
	ErrFileDamaged       = &Error{Code: "file_damaged", Message: "This file did not come as it was sent. Ask the sender to send it again."}
	ErrFileAsked         = &Error{Code: "file_asked", Message: "The server does not keep this file any more, and no device that has it has answered yet. It comes when one does; or ask the sender to send it again."}
	ErrFileNotHere       = &Error{Code: "file_not_here", Message: "This file is not on this device yet. Download it first."}
	ErrFilesUnavailable  = &Error{Code: "files_unavailable", Message: "Files cannot be kept here. Use the app in another browser, outside of a private window."}
	ErrMessageUnknown    = &Error{Code: "message_unknown", Message: "This message is not on this device any more."}
	ErrNotAuthor         = &Error{Code: "not_author", Message: "Only who wrote a message can change it or delete it for everyone."}
	ErrEditTooLate       = &Error{Code: "edit_too_late", Message: "A message can be edited for 15 minutes. Write a new one instead."}
	ErrDeleteTooLate     = &Error{Code: "delete_too_late", Message: "A message can be deleted for everyone for two days. You can still delete it for yourself."}
	ErrEmojiInvalid      = &Error{Code: "emoji_invalid", Message: "This is not an emoji. Choose one from the list."}
	ErrNotPinnable       = &Error{Code: "not_pinnable", Message: "This message cannot be pinned. Pin another one."}
	ErrPinAdmins         = &Error{Code: "pin_admins", Message: "In this group only admins pin messages. Ask one of them."}
	ErrNotForwardable    = &Error{Code: "not_forwardable", Message: "This message cannot be forwarded. Write a new one instead."}
	ErrViewOnce          = &Error{Code: "view_once", Message: "This can be opened once, and is not kept. Open it to see it."}
	ErrViewOnceKind      = &Error{Code: "view_once_kind", Message: "Only photos, videos and voice messages without a caption can be sent to be opened once."}
	ErrStickerInvalid    = &Error{Code: "sticker_invalid", Message: "This cannot be a sticker. Choose a WebP picture of at most 512 by 512 pixels and 100 kB, or 500 kB if it moves."}
	ErrStickersFull      = &Error{Code: "stickers_full", Message: "There is room for 300 stickers. Remove one that you do not use, then try again."}
	ErrPollInvalid       = &Error{Code: "poll_invalid", Message: "A poll needs a question and 2 to 12 different answers, each of at most 200 characters."}
	ErrDeviceUnknown     = &Error{Code: "device_unknown", Message: "This device is not in your list any more."}
	ErrStorageFull       = &Error{Code: "local_storage_full", Message: "This device has no room left. Make some room, then try again; nothing was lost."}
	ErrStorage           = &Error{Code: "local_storage", Message: "This device could not save. Reload the app; if it happens again, check the disk."}
	ErrTimeout           = &Error{Code: "timeout", Message: "The server did not answer in time. Check your connection and try again."}
	ErrInternal          = &Error{Code: "internal", Message: "Something went wrong in the app. Please reload it and try again."}
)
