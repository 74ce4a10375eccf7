package wire

// Error implements error with the code's name; Message is for the person.
func (m *Error) Error() string {
	if m.Message == "" {
		return "relay error " + m.Code.String()
	}
	return m.Code.String() + ": " + m.Message
}

// Is makes errors.Is compare codes.
func (m *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == m.Code
}

// NewError returns an Error with the code's own sentence.
func NewError(code ErrorCode) *Error {
	return &Error{Code: code, Message: code.Sentence()}
}

// String returns the stable name of the code: lower case, words joined by "_".
func (c ErrorCode) String() string {
	if t, ok := errorTexts[c]; ok {
		return t.name
	}
	return "unknown_error"
}

// Sentence returns what to tell the person: what happened and what to do next.
func (c ErrorCode) Sentence() string {
	if t, ok := errorTexts[c]; ok {
		return t.sentence
	}
	return errorTexts[ErrorInternal].sentence
}

type errorText struct{ name, sentence string }

var errorTexts = map[ErrorCode]errorText{
	ErrorInternal:             {"internal", "The server had a problem. Please try again in a moment."},
	ErrorMalformed:            {"malformed", "The server did not understand this app. Please update the app and try again."},
	ErrorVersionUnsupported:   {"version_unsupported", "This app and the server speak different versions. Please update the app, or ask the operator to update the server."},
	ErrorNotAuthenticated:     {"not_authenticated", "This device is not signed in yet. Please register or link it first."},
	ErrorAuthenticationFailed: {"authentication_failed", "The server did not recognise this device. Please link it again."},
	ErrorDeviceRemoved:        {"device_removed", "This device was logged out. Link it again to go on."},
	ErrorPrimaryOnly:          {"primary_only", "Only your primary phone can do this. Open Linked devices there."},
	ErrorRateLimited:          {"rate_limited", "That was too often. Please wait a little and try again."},
	ErrorTooLarge:             {"too_large", "This message is too long. Please shorten it or split it."},
	ErrorStorageFull:          {"storage_full", "The server's disk is full. Your message is kept here and goes out when the operator has made room."},
	ErrorUnavailable:          {"unavailable", "The server is restarting. The app reconnects by itself."},
	ErrorPhoneInvalid:         {"phone_invalid", "This is not a phone number. Write it with + and the country code, like +32 470 12 34 56."},
	ErrorCodeWrong:            {"code_wrong", "This code is not right. Please check it and try again."},
	ErrorCodeExpired:          {"code_expired", "This code is no longer good. Please ask for a new one."},
	ErrorCodeNotSent:          {"code_not_sent", "The code could not be sent. Please try again later or ask the operator for an invitation."},
	ErrorInvitationNeeded:     {"invitation_needed", "This server takes new accounts by invitation. Please ask its operator for a code."},
	ErrorLinkExpired:          {"link_expired", "This link code has expired. Get another one on the new device and try again."},
	ErrorLinkUsed:             {"link_used", "This link code was used already. Get another one on the new device and try again."},
	ErrorLinkUnknown:          {"link_unknown", "This QR code is not known here. Check that both devices use the same server, refresh the code and scan again."},
	ErrorTooManyDevices:       {"too_many_devices", "This account has all the linked devices it may have. Log one out under Linked devices, then try again."},
	ErrorCertificateInvalid:   {"certificate_invalid", "The new device could not be confirmed. Please start linking again."},
	ErrorAccountUnknown:       {"account_unknown", "Nobody with this number is on this server yet. Check the number or invite them."},
	ErrorConversationUnknown:  {"conversation_unknown", "This chat is not on the server. Open it again from the list."},
	ErrorConversationExists:   {"conversation_exists", "This chat exists already."},
	ErrorStaleEpoch:           {"stale_epoch", "The chat has moved on. The app catches up and sends again by itself."},
	ErrorProposalsPending:     {"proposals_pending", "A device is leaving this chat. The app finishes that and sends again by itself."},
	ErrorDeviceUnknown:        {"device_unknown", "This device is not in your list any more."},
	ErrorPinNeeded:            {"pin_needed", "This number is protected by a PIN. Enter it to go on."},
	ErrorPinWrong:             {"pin_wrong", "This PIN is not right. Please check it and try again."},
	ErrorPinLocked:            {"pin_locked", "The PIN was wrong too often and is not asked for any more. Reset it by mail, or start the waiting period."},
	ErrorPinInvalid:           {"pin_invalid", "A PIN has six digits. Please check it and try again."},
	ErrorPinWeak:              {"pin_weak", "This PIN is easy to guess. Please choose another one."},
	ErrorPinUnset:             {"pin_unset", "This account has no PIN. Set one first."},
	ErrorEmailInvalid:         {"email_invalid", "This is not a mail address. Write it like name@example.org."},
	ErrorEmailUnavailable:     {"email_unavailable", "No mail can be sent for this account. Enter the PIN, or start the waiting period."},
	ErrorHistoryFull:          {"history_full", "The other device has not fetched what was sent yet. The rest follows by itself."},
	ErrorHistoryUnknown:       {"history_unknown", "This part of the history is not on the server any more. The app asks for it again by itself."},
	ErrorLinkCodeUnknown:      {"link_code_unknown", "No new device shows this code. Compare it with the screen of the new device, check that both use the same server, and try again."},
	ErrorLinkWaiting:          {"link_waiting", "The new device is not so far. Compare the words, and confirm them there first."},
	ErrorLinkWordsDiffer:      {"link_words_differ", "The two devices showed different words, so nothing was linked. Somebody may be between them: check the address of the server, then try again with another code."},
	ErrorGroupChanged:         {"group_changed", "The encryption of this chat was set up again. The app catches up and sends again by itself."},
	ErrorMediaUnavailable:     {"media_unavailable", "This server takes no files. Ask its operator, or send the file in another way."},
	ErrorMediaTooLarge:        {"media_too_large", "This file is larger than the server takes. Make it smaller, or send it in parts."},
	ErrorMediaQuota:           {"media_quota", "You have no room left for files on the server. Files go from there by themselves after some weeks; try again later, or send smaller ones."},
	ErrorMediaUnknown:         {"media_unknown", "This file is not on the server any more. Ask the sender to send it again."},
	ErrorMediaDamaged:         {"media_damaged", "The file did not arrive as it was sent. Please send it again."},
	ErrorMediaIncomplete:      {"media_incomplete", "The file has not arrived completely. The app goes on by itself."},
	ErrorNotAllowed:           {"not_allowed", "You may not do this in this group. Ask one of its admins."},
	ErrorGroupFull:            {"group_full", "This group has all the people it may have. Remove somebody first."},
	ErrorInviteInvalid:        {"invite_invalid", "This invite link is not good any more. Ask an admin of the group for another one."},
	ErrorResetCancelled:       {"reset_cancelled", "A device of this account has cancelled the reset. Please enter the PIN, or try again later."},
}
