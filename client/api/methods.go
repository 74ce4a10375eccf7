package api

// The methods.
var (
	// GetStatus fails while this device is locked, else never.
	GetStatus = Method[None, Status]{"status"}
	// RequestCode has a registration code sent.
	RequestCode = Method[RequestCodeParams, RequestCodeResult]{"requestCode"}
	// Register makes this device the primary of an account (M4).
	Register = Method[RegisterParams, Status]{"register"}
	// VerifyCode proves a number before Register, with the same code, which then
	// is not used again, and says whether a PIN is needed (M35).
	VerifyCode = Method[VerifyCodeParams, CodeVerified]{"verifyCode"}
	// VerifyPIN proves the PIN of the number that VerifyCode has proven.
	VerifyPIN = Method[PINParams, None]{"verifyPin"}
	// RequestPINResetMail has a code sent to that number's recovery address (M36).
	RequestPINResetMail = Method[MailParams, MailSent]{"requestPinResetMail"}
	// VerifyPINResetMail proves that code; Register then removes the PIN.
	VerifyPINResetMail = Method[MailCodeParams, None]{"verifyPinResetMail"}
	// StartPINReset begins the days after which that number needs no PIN.
	StartPINReset = Method[None, PINResetStarted]{"startPinReset"}
	// StartLink opens a linking slot; progress comes as link events (M5, M6).
	StartLink = Method[StartLinkParams, LinkOffer]{"startLink"}
	// CancelLink closes the slot.
	CancelLink = Method[None, None]{"cancelLink"}
	// StartCodeLink is StartLink with a code to be typed instead of scanned.
	StartCodeLink = Method[StartLinkParams, LinkCode]{"startCodeLink"}
	// ConfirmLinkWords answers whether both devices show the words that came in a
	// link event.
	ConfirmLinkWords = Method[LinkWordsAnswer, None]{"confirmLinkWords"}
	// ClaimLinkCode takes a typed code; only on the primary. The person compares the
	// words, while InspectLink waits for the same at the new device.
	ClaimLinkCode = Method[LinkCodeParams, LinkWords]{"claimLinkCode"}
	// InspectLink reads a scanned code; only on the primary (M21, M25).
	InspectLink = Method[LinkURI, LinkRequest]{"inspectLink"}
	// AcceptLink links the inspected device.
	AcceptLink = Method[LinkURI, Device]{"acceptLink"}
	// AcceptMove makes the inspected device, which asks for it, the primary; this one
	// stays as a linked device (M4). The result says whether it is the primary yet;
	// if it went offline, it takes over when it is back.
	AcceptMove = Method[AcceptMoveParams, Device]{"acceptMove"}
	// RejectLink tells the new device no.
	RejectLink = Method[RejectLinkParams, None]{"rejectLink"}
	// ListDevices asks the relay; it needs a connection.
	ListDevices = Method[None, Devices]{"devices"}
	// RenameDevice renames a device on all own devices (M18).
	RenameDevice = Method[RenameDeviceParams, None]{"renameDevice"}
	// RemoveDevice logs another device out; only on the primary (M15).
	RemoveDevice = Method[DeviceID, None]{"removeDevice"}
	// RemoveOtherDevices logs all other devices out, or none; only on the primary
	// (M20).
	RemoveOtherDevices = Method[None, None]{"removeOtherDevices"}
	// ExportDevices makes a file of the list of devices (M39).
	ExportDevices = Method[None, DevicesCSV]{"exportDevices"}
	// GetHistory tells how far history is on its way.
	GetHistory = Method[None, History]{"history"}
	// RepairDevice has this device join its conversations anew and ask the
	// account's other devices for everything again; nothing is lost (M113).
	RepairDevice = Method[None, None]{"repairDevice"}
	// ListNotices reads what waits for an answer on this device.
	ListNotices = Method[None, Notices]{"notices"}
	// AnswerNotice takes a notice away from this device alone: the person has
	// seen it, or it was them.
	AnswerNotice = Method[NoticeID, None]{"answerNotice"}
	// Logout logs this linked device out and wipes its data, also when the
	// relay cannot be reached (M16). On a primary it only works when it has no
	// account at the relay any more.
	Logout = Method[None, None]{"logout"}
	// SetName changes the person's own name.
	SetName = Method[SetNameParams, None]{"setName"}
	// SetPicture changes the person's own picture, on all own devices and, with
	// the next message to them, for contacts.
	SetPicture = Method[Picture, None]{"setPicture"}
	// GetPicture reads the picture of oneself or of a contact; one that has none
	// has no data.
	GetPicture = Method[AccountID, Picture]{"picture"}
	// GetSettings reads what the person chose for all own devices.
	GetSettings = Method[None, Settings]{"settings"}
	// ChangeSettings changes it on all of them.
	ChangeSettings = Method[SettingsChange, Settings]{"changeSettings"}

	// GetTwoStep asks the relay; it needs a connection.
	GetTwoStep = Method[None, TwoStep]{"twoStep"}
	// SetPIN sets or changes the PIN; an empty one removes it and the recovery
	// address. Only on the primary, like the next three.
	SetPIN = Method[PINParams, None]{"setPin"}
	// ConfirmPIN answers a reminder.
	ConfirmPIN = Method[PINParams, None]{"confirmPin"}
	// SetRecoveryEmail has a code sent to a new address, or removes the present one.
	SetRecoveryEmail = Method[EmailParams, MailSent]{"setRecoveryEmail"}
	// ConfirmRecoveryEmail makes the address that got the code the recovery address.
	ConfirmRecoveryEmail = Method[MailCodeParams, None]{"confirmRecoveryEmail"}
	// CancelPINReset ends a reset; on any device of the account (M37).
	CancelPINReset = Method[None, None]{"cancelPinReset"}

	// ListChats reads the chat list from this device.
	ListChats = Method[None, Chats]{"chats"}
	// OpenChat finds the account with a number, at the relay if need be.
	OpenChat = Method[OpenChatParams, Chat]{"openChat"}
	// GetChat reads one chat.
	GetChat = Method[ChatID, Chat]{"chat"}
	// ListMessages reads a page of a chat from this device.
	ListMessages = Method[MessagesParams, Messages]{"messages"}
	// Send puts a text into the outbox, which survives restarts.
	Send = Method[SendParams, Message]{"send"}
	// PutFile seals a file of this machine to be sent; not in browsers, whose pages
	// have putFile instead.
	PutFile = Method[PutFileParams, StoredFile]{"putFile"}
	// AddSealedFile takes a file that the browser's worker has sealed and keeps.
	AddSealedFile = Method[SealedFile, StoredFile]{"addSealedFile"}
	// SendMedia sends a file (M43, X4); its upload survives restarts (M98).
	SendMedia = Method[SendMediaParams, Message]{"sendMedia"}
	// PauseMedia holds an upload, ResumeMedia goes on with it.
	PauseMedia  = Method[MessageID, Message]{"pauseMedia"}
	ResumeMedia = Method[MessageID, Message]{"resumeMedia"}
	// CancelMedia ends an upload and removes its message; one that is sent stays.
	CancelMedia = Method[MessageID, None]{"cancelMedia"}
	// DownloadMedia fetches the file of a message.
	DownloadMedia = Method[DownloadParams, Message]{"downloadMedia"}
	// SaveFile writes a file that is on this device to a folder; not in browsers.
	SaveFile = Method[SaveFileParams, None]{"saveFile"}
	// OpenFile gives what opens a file that is on this device, for the browser's
	// worker.
	OpenFile = Method[MessageID, OpenedFile]{"openFile"}
	// OpenOnce has a file that may be opened once, and is on this device, opened: other
	// devices of the account delete it, and who sent it is told. OpenFile and SaveFile
	// then have it until CloseOnce, for at most an hour.
	OpenOnce  = Method[MessageID, Message]{"openOnce"}
	CloseOnce = Method[MessageID, None]{"closeOnce"}
	// GetStorageUse tells what the files on this device take (M114).
	GetStorageUse = Method[None, StorageUse]{"storageUse"}
	// ListFiles reads the messages of a chat whose files are on this device, the largest
	// first.
	ListFiles = Method[ListFilesParams, Messages]{"files"}
	// RemoveFiles frees the room of files; their messages stay, and the files can be
	// fetched again as long as the relay has them. Those still to be sent stay.
	RemoveFiles = Method[MessageIDs, StorageUse]{"removeFiles"}
	// CheckFiles tells which of the files of messages the relay does not keep any more, so
	// that who removes them here is warned (M114); it needs a connection. At most 500.
	CheckFiles = Method[MessageIDs, LostFiles]{"checkFiles"}
	// ListStickers tells the person's own stickers; those that are not on this device are
	// fetched (X4).
	ListStickers = Method[None, Stickers]{"stickers"}
	// AddSticker makes a file one of them, on all devices of the account.
	AddSticker = Method[AddStickerParams, Sticker]{"addSticker"}
	// RemoveSticker takes one away, on all devices; messages with it stay as they are.
	RemoveSticker = Method[StickerID, None]{"removeSticker"}
	// SendSticker sends one.
	SendSticker = Method[SendStickerParams, Message]{"sendSticker"}
	// OpenSticker is OpenFile for one that is on this device.
	OpenSticker = Method[StickerID, OpenedFile]{"openSticker"}
	// FetchLinkPreview has the relay ask a page what it says of itself; without a title
	// there is nothing to be had, or somebody has turned it off. It needs a connection.
	FetchLinkPreview = Method[LinkURL, LinkPreview]{"fetchLinkPreview"}
	// Report tells the operator; it needs a connection.
	Report = Method[ReportParams, None]{"report"}
	// Edit changes a message of one's own (X2).
	Edit = Method[EditParams, Message]{"edit"}
	// React puts an emoji under a message.
	React = Method[ReactParams, Message]{"react"}
	// Delete takes messages away; all of them or, if it fails, none.
	Delete = Method[DeleteParams, None]{"delete"}
	// Forward sends messages to other chats, all of them or, if it fails, none (M49).
	Forward = Method[ForwardParams, Messages]{"forward"}
	// SendPoll asks a question, Vote answers it.
	SendPoll = Method[SendPollParams, Message]{"sendPoll"}
	Vote     = Method[VoteParams, Message]{"vote"}
	// SendLocation sends a place.
	SendLocation = Method[SendLocationParams, Message]{"sendLocation"}
	// SendContact hands on how to reach somebody.
	SendContact = Method[SendContactParams, Message]{"sendContact"}
	// SetTimer has new messages of a chat disappear after a time.
	SetTimer = Method[SetTimerParams, Message]{"setTimer"}
	// Pin has a message stand at the top of its chat, or no more. In a group whose details
	// only admins may change, only they may.
	Pin = Method[PinParams, Message]{"pin"}
	// GetMessageDetails tells what else is known of a message.
	GetMessageDetails = Method[MessageID, MessageDetails]{"messageDetails"}
	// NewMessageID makes an id for Send.
	NewMessageID = Method[None, MessageID]{"newMessageId"}
	// Retry sends a failed message again.
	Retry = Method[MessageID, Message]{"retry"}
	// MarkRead clears unread counts on all own devices and tells the senders.
	MarkRead = Method[MarkReadParams, None]{"markRead"}
	// SetTyping is not stored and never fails for want of a connection.
	SetTyping = Method[SetTypingParams, None]{"setTyping"}
	// SetAvailable drives what others see as presence.
	SetAvailable = Method[SetAvailableParams, None]{"setAvailable"}
	// Search finds messages that have all the words; the last may be a beginning.
	Search = Method[SearchParams, SearchResult]{"search"}
	// ChangeChat archives, pins, mutes, names, marks as unread, or keeps a draft,
	// on all own devices (M51-M53).
	ChangeChat = Method[ChatChange, Chat]{"changeChat"}
	// SetBlocked blocks the contact of a chat at the relay, or ends that; it needs a
	// connection (M55).
	SetBlocked = Method[SetBlockedParams, Chat]{"setBlocked"}
	// ListBlocked reads whom the account blocks.
	ListBlocked = Method[None, Chats]{"blocked"}
	// Star marks a message, on all own devices (M48).
	Star = Method[StarParams, None]{"star"}
	// ListStarred reads the marked messages, the latest mark first (M48).
	ListStarred = Method[None, Messages]{"starred"}
	// GetSafetyNumber shows what to compare with a contact (X6).
	GetSafetyNumber = Method[ChatID, SafetyNumber]{"safetyNumber"}
	// CompareSafetyCode compares a code scanned from the contact's screen, and
	// marks the contact as verified if it fits.
	CompareSafetyCode = Method[CompareSafetyCodeParams, SafetyComparison]{"compareSafetyCode"}
	// SetVerified marks a contact on all own devices.
	SetVerified = Method[SetVerifiedParams, None]{"setVerified"}
	// CreateGroup begins a group, which this account administers (M50). It needs a connection,
	// as do all changes of groups, and returns when the members have it.
	CreateGroup = Method[CreateGroupParams, Chat]{"createGroup"}
	// GetGroup reads a group from this device.
	GetGroup = Method[ChatID, Group]{"group"}
	// AddToGroup and RemoveFromGroup change who is in it.
	AddToGroup      = Method[GroupPeople, Group]{"addToGroup"}
	RemoveFromGroup = Method[GroupPeople, Group]{"removeFromGroup"}
	// ChangeGroup changes details, roles, settings and the invite link.
	ChangeGroup = Method[GroupChange, Group]{"changeGroup"}
	// LeaveGroup takes the account out of it, on all its devices; the chat stays.
	LeaveGroup = Method[ChatID, None]{"leaveGroup"}
	// JoinGroup joins by an invite link, or asks the admins to be let in (Chat.Waiting).
	JoinGroup = Method[GroupLink, Chat]{"joinGroup"}
	// WithdrawJoin takes that back.
	WithdrawJoin = Method[ChatID, Chat]{"withdrawJoin"}
	// AnswerJoin has an admin decide about those who ask.
	AnswerJoin = Method[JoinAnswer, Group]{"answerJoin"}
	// CreateCommunity begins a community, whose announcement group this account administers (X5). It
	// and all changes of communities need a connection and return when the members have it.
	CreateCommunity = Method[CreateCommunityParams, Community]{"createCommunity"}
	// GetCommunity reads a community from this device.
	GetCommunity = Method[ChatID, Community]{"community"}
	// ListLinkable lists the groups that this account may take into a community.
	ListLinkable = Method[None, Chats]{"linkableGroups"}
	// LinkGroup takes a group into a community, and its people into the announcement group; admins of
	// both can. UnlinkGroup takes it out; admins of either can.
	LinkGroup   = Method[CommunityGroupID, Community]{"linkGroup"}
	UnlinkGroup = Method[CommunityGroupID, Community]{"unlinkGroup"}
	// JoinCommunityGroup joins a group of a community, or asks its admins to be let in (Chat.Waiting).
	JoinCommunityGroup = Method[CommunityGroupID, Chat]{"joinCommunityGroup"}
	// LeaveCommunity leaves the announcement group, and its groups if asked to.
	LeaveCommunity = Method[LeaveCommunityParams, None]{"leaveCommunity"}
	// EndCommunity takes all groups out; the announcement group stays as a group.
	EndCommunity = Method[ChatID, Chat]{"endCommunity"}
	// Sync returns when everything waiting at the relay has been received and
	// acknowledged, and the outbox is empty.
	Sync = Method[None, Status]{"sync"}
	// GetPush asks the relay; it needs a connection, like the next two.
	GetPush = Method[None, Push]{"push"}
	// SetPush has the relay wake this device through a push service, or no more.
	SetPush = Method[PushEndpoint, None]{"setPush"}
	// TestPush wakes this device now; not more often than every few seconds.
	TestPush = Method[None, PushTest]{"testPush"}
	// Diagnose looks what works on this device and what does not; it writes a
	// little, and takes some seconds where the relay does not answer.
	Diagnose = Method[DiagnoseParams, Diagnosis]{"diagnose"}
	// Reconnect tries again at once instead of waiting; a connection that seems
	// to stand is tested. For when the network may have changed.
	Reconnect = Method[None, None]{"reconnect"}

	// GetLock tells the app lock of this device (M38). While it is locked every
	// method but this, Unlock, Lock and EraseDevice fails with locked, and there
	// are no events but OnLock. Calls wait while the lock is turned on or off.
	GetLock = Method[None, LockStatus]{"lockStatus"}
	// SetLock turns the lock on: the database is encrypted, and stays open.
	SetLock = Method[SetLockParams, LockStatus]{"setLock"}
	// ChangePassphrase puts another passphrase in the place of the present one.
	ChangePassphrase = Method[ChangePassphraseParams, LockStatus]{"changePassphrase"}
	// RemoveLock turns the lock off: the database is decrypted.
	RemoveLock = Method[PassphraseParams, LockStatus]{"removeLock"}
	// AddPasskey lets a passkey open the lock, too; one that does so is replaced.
	AddPasskey = Method[AddPasskeyParams, LockStatus]{"addPasskey"}
	// RemovePasskey has it open the lock no longer.
	RemovePasskey = Method[PasskeyID, LockStatus]{"removePasskey"}
	// Unlock opens the lock; if it is open, nothing is checked.
	Unlock = Method[UnlockParams, LockStatus]{"unlock"}
	// Lock closes it: the connection ends and the key leaves memory.
	Lock = Method[None, LockStatus]{"lock"}
	// SetLockAfter changes LockStatus.LockAfterMS.
	SetLockAfter = Method[LockAfterParams, LockStatus]{"setLockAfter"}
	// EraseDevice removes everything from this device, which then is new; only
	// while locked, for who has forgotten the passphrase. The account does not
	// learn of it: another of its devices should log this one out.
	EraseDevice = Method[None, LockStatus]{"eraseDevice"}
)

// The events.
var (
	// OnStatus comes when anything in Status changes.
	OnStatus = Event[Status]{"status"}
	// OnChat comes when a chat is new or changed.
	OnChat = Event[Chat]{"chat"}
	// OnMessage comes when a message is new or changed (its status, its order).
	OnMessage = Event[Message]{"message"}
	// OnMediaProgress comes while a file moves; OnMessage tells its state, too.
	OnMediaProgress = Event[MediaProgress]{"mediaProgress"}
	// OnMessageRemoved comes when a message is not there any more.
	OnMessageRemoved = Event[RemovedMessage]{"messageRemoved"}
	// OnDevices says that the list of devices is another; read it again.
	OnDevices = Event[None]{"devices"}
	// OnHistory comes as history makes its way, here or from here. Older messages
	// may be in every chat.
	OnHistory = Event[History]{"history"}
	// OnNotices comes when the notices are others.
	OnNotices = Event[Notices]{"notices"}
	// OnSettings comes when the settings were changed, here or elsewhere.
	OnSettings = Event[Settings]{"settings"}
	// OnStickers says that the person's own stickers are others; read them again.
	OnStickers = Event[None]{"stickers"}
	// OnTwoStep tells the account's two-step verification: with each connection,
	// and when it changes.
	OnTwoStep = Event[TwoStep]{"twoStep"}
	// OnLink comes on a new device while it is being linked.
	OnLink = Event[LinkProgress]{"link"}
	// OnLock comes when the app lock is another.
	OnLock = Event[LockStatus]{"lockChanged"}
	// OnReset says that events may have been missed; read everything again.
	OnReset = Event[None]{"reset"}
)
