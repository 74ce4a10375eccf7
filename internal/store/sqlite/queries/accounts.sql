-- name: findAccount
SELECT account_id, phone, account_key, created_ms, head FROM account_states WHERE account_id = ?

-- name: findAccountByPhone
SELECT account_id, phone, account_key, created_ms, head FROM account_states WHERE phone = ?

-- name: listAccounts
SELECT account_id, phone, account_key, created_ms, head FROM account_states ORDER BY created_ms, account_id

-- name: createAccount
INSERT INTO accounts (account_id, phone, account_key, created_ms) VALUES (?, ?, ?, ?)

-- name: updateAccountKey
UPDATE accounts SET account_key = ? WHERE account_id = ?
