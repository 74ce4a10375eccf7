-- name: findTwoStep
SELECT account_id, salt, hash, passes, memory_kib, threads, tries, next_try_ms, confirmed, reminder_ms, email,
  reset_requested_ms, reset_by_operator, reset_announced, reset_cancels, reset_blocked_ms
FROM two_step WHERE account_id = $1

-- name: listUnannouncedResets
SELECT account_id, salt, hash, passes, memory_kib, threads, tries, next_try_ms, confirmed, reminder_ms, email,
  reset_requested_ms, reset_by_operator, reset_announced, reset_cancels, reset_blocked_ms
FROM two_step WHERE NOT reset_announced

-- name: putTwoStep
INSERT INTO two_step (account_id, salt, hash, passes, memory_kib, threads, tries, next_try_ms, confirmed,
  reminder_ms, email, reset_requested_ms, reset_by_operator, reset_announced, reset_cancels, reset_blocked_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
ON CONFLICT (account_id) DO UPDATE SET salt = excluded.salt, hash = excluded.hash, passes = excluded.passes,
  memory_kib = excluded.memory_kib, threads = excluded.threads, tries = excluded.tries, next_try_ms = excluded.next_try_ms,
  confirmed = excluded.confirmed, reminder_ms = excluded.reminder_ms, email = excluded.email,
  reset_requested_ms = excluded.reset_requested_ms, reset_by_operator = excluded.reset_by_operator,
  reset_announced = excluded.reset_announced, reset_cancels = excluded.reset_cancels,
  reset_blocked_ms = excluded.reset_blocked_ms

-- name: deleteTwoStep
DELETE FROM two_step WHERE account_id = $1

-- name: findMailCode
SELECT account_id, purpose, address, salt, hash, expires_ms, tries FROM mail_codes WHERE account_id = $1 AND purpose = $2

-- name: putMailCode
INSERT INTO mail_codes (account_id, purpose, address, salt, hash, expires_ms, tries) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (account_id, purpose) DO UPDATE SET address = excluded.address, salt = excluded.salt, hash = excluded.hash,
  expires_ms = excluded.expires_ms, tries = excluded.tries

-- name: deleteMailCode
DELETE FROM mail_codes WHERE account_id = $1 AND purpose = $2

-- name: deleteMailCodes
DELETE FROM mail_codes WHERE account_id = $1

-- name: deleteMailCodesBefore
DELETE FROM mail_codes WHERE expires_ms < $1
