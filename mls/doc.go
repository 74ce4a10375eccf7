// Package mls is Messaging Layer Security, RFC 9420: end-to-end encrypted
// groups whose members are devices.
//
// It does no I/O. Bytes come in, bytes go out, and the caller stores them
// and carries them. Clock, randomness, the signature key and the judgement of
// credentials are given in [Config].
//
// # Concepts
//
// A group has members, each at a leaf of a ratchet tree ([Member],
// [LeafIndex]; RFC 9420 section 4.1). A leaf says who the member is
// ([Credential]) and what it can do ([Capabilities]), and carries the keys
// others need ([LeafNode]).
//
// A group lives through epochs. In each, all members share secrets that nobody
// else has; application messages ([Group.Encrypt], [Group.Process]) belong to
// one epoch. A commit ([Group.Commit]) makes the next one: it carries out
// proposals to add, remove or update members, and mixes in fresh randomness,
// so that who was removed, or had a copy of a member's keys, is left behind
// (section 12.4). Commits must be taken in one order by everybody; deciding
// which of two commits for the same epoch counts is the task of the delivery
// service, the server between the members (section 14).
//
// Somebody gets in by one of two doors. A member adds a key package that the
// newcomer has published ([NewKeyPackage]), and the newcomer joins by the
// Welcome that the commit made ([JoinWelcome]; section 12.4.3.1). Or the
// newcomer takes the group's public description, the GroupInfo, and commits
// itself in ([JoinExternal]; section 12.4.3.2); a member that has lost its
// state comes back this way.
//
// A group ends by a ReInit commit, to go on with other parameters ([Group.ReInit];
// section 11.2): one member makes the group that follows ([Group.NewSuccessor])
// and the others join it ([Group.JoinSuccessor]). Some of a group's members can
// branch off another ([Group.NewSubgroup], [Group.JoinSubgroup]; section 11.3).
// [JoinWelcome] refuses both: it could not tell whether they come from the
// group they name.
//
// # What it promises
//
//   - A [Group] changes only when an operation succeeds; after an error it is,
//     byte for byte, what it was. The one exception is [ErrRewound] of
//     [Group.Process], which marks the group.
//   - One's own commit takes effect only in [Group.MergePendingCommit], which
//     the caller calls when the delivery service has accepted it; somebody
//     else's only in [Group.Merge], after the caller has looked at it.
//   - Consumed secrets are deleted: no saved state decrypts a message that was
//     already opened.
//   - A state that is older than what was sent, a backup that was put back, is
//     noticed, and no key is used twice ([Group.Rewound]).
//   - Secrets are overwritten when they are not needed any more: when a commit is
//     merged or dropped, a Welcome is opened, a message key is used or too old.
//   - Hostile input costs bounded time and memory ([Limits]), and no error or
//     printed value contains a secret.
//
// # What the caller must do
//
//   - Authenticate. The package knows keys, not people: [Config.ValidateLeaf]
//     judges whether a credential is who it says, at every place where a leaf
//     comes in, and the caller looks at each [StagedCommit] before it merges.
//   - Store. Save a group after each call that changes it, before the result
//     is sent or shown, and in one transaction with what the call brought. Never
//     keep a copy: whoever restores an older one would encrypt again under
//     keys that are spent.
//   - Order. Hand every message of the delivery service to [Group.Process], in
//     its order. Merge one's own commit when the service has accepted it, and
//     clear it ([Group.ClearPendingCommit]) or process the winner when it has not.
//   - Commit what is proposed. While proposals are pending, [Group.Encrypt]
//     refuses. Those from outside the group, but for removals by an external
//     sender, become pending only if [Config.AcceptProposal] says so.
//   - Authorise. Any member may commit what the protocol lets it commit, a
//     removal or the end of the group, too. Who may do what is for
//     [Config.AcceptProposal] and for a look at each [StagedCommit] to decide.
//   - Lock. A Group is not safe for concurrent use, nor are its methods that
//     only read; different groups are independent. What is returned and points
//     into a group (leaves, credentials, extensions, proposals) is read-only;
//     what is passed in is copied where it is kept.
//
// # What is deleted when
//
//   - The key of a message: when the message is opened or made. Keys of
//     messages that were overtaken are kept for them, within Limits.MaxSkipped.
//   - The secret a sender's ratchets come from: when they are first used.
//   - What opens late messages of an epoch: Limits.PastEpochs epochs later, or
//     after Limits.MaxSkippedAge. Everything else of an epoch: when the next one
//     begins, or the group is closed.
//   - The private keys of a leaf or a parent node: when a commit replaces them.
//   - The private keys of a key package: when the caller drops its
//     [KeyPackageBundle], which is after the join unless it is of last resort.
//
// The package parley/mls/delivery holds what a delivery service needs, and
// links none of the code that decrypts. docs/mls.md says what has been shown:
// conformance, security properties with the tests that show them, limits, and
// what is not done.
package mls
