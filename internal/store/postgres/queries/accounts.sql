-- name: findAccount
SELECT account_id, phone, account_key, created_ms, head FROM accounts WHERE account_id = $1

-- name: findAccountByPhone
SELECT account_id, phone, account_key, created_ms, head FROM accounts WHERE phone = $1

-- name: listAccounts
SELECT account_id, phone, account_key, created_ms, head FROM accounts ORDER BY created_ms, account_id

-- name: createAccount
INSERT INTO accounts (account_id, phone, account_key, created_ms) VALUES ($1, $2, $3, $4)

-- name: updateAccountKey
UPDATE accounts SET account_key = $1 WHERE account_id = $2
