-- name: findTwoStep
SELECT account_id, salt, hash, passes, memory_kib, threads, tries, next_try_ms, confirmed, reminder_ms, email,
  reset_requested_ms, reset_by_operator, reset_announced, reset_cancels, reset_blocked_ms
FROM two_step WHERE account_id = ?

-- name: listUnannouncedResets
SELECT account_id, salt, hash, passes, memory_kib, threads, tries, next_try_ms, confirmed, reminder_ms, email,
  reset_requested_ms, reset_by_operator, reset_announced, reset_cancels, reset_blocked_ms
FROM two_step WHERE reset_announced = 0

-- name: putTwoStep
INSERT OR REPLACE INTO two_step (account_id, salt, hash, passes, memory_kib, threads, tries, next_try_ms, confirmed,
  reminder_ms, email, reset_requested_ms, reset_by_operator, reset_announced, reset_cancels, reset_blocked_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: deleteTwoStep
DELETE FROM two_step WHERE account_id = ?

-- name: findMailCode
SELECT account_id, purpose, address, salt, hash, expires_ms, tries FROM mail_codes WHERE account_id = ? AND purpose = ?

-- name: putMailCode
INSERT OR REPLACE INTO mail_codes (account_id, purpose, address, salt, hash, expires_ms, tries) VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: deleteMailCode
DELETE FROM mail_codes WHERE account_id = ? AND purpose = ?

-- name: deleteMailCodes
DELETE FROM mail_codes WHERE account_id = ?

-- name: deleteMailCodesBefore
DELETE FROM mail_codes WHERE expires_ms < ?
