// Package mls is Messaging Layer Security, RFC 9420: end-to-end encrypted
// groups whose members are devices.
//
// It does no I/O. Bytes come in, bytes go out, and the caller stores them
// and carries them. Clock, randomness, the signature key and the judgement of
// credentials are given in [Config].
//
// # What it promises
//
//   - A [Group] changes only when an operation succeeds; after an error it is,
//     byte for byte, what it was.
//   - One's own commit takes effect only in [Group.MergePendingCommit], which
//     the caller calls when the delivery service has accepted it; somebody
//     else's only in [Group.Merge], after the caller has looked at it.
//   - Consumed secrets are deleted: no saved state decrypts a message that was
//     already opened.
//   - Hostile input costs bounded time and memory ([Limits]), and no error or
//     printed value contains a secret.
//
// # What it does not
//
//   - It does not know who is who: [Config.ValidateLeaf] judges credentials
//     and certificates, and the caller judges each [StagedCommit].
//   - It does not order commits. The delivery service accepts one commit for
//     each epoch (RFC 9420 section 14).
//   - A Group is not safe for concurrent use; its owner holds a lock.
//
// The package parley/mls/delivery holds what a delivery service needs, and
// links none of the code that decrypts.
package mls
