-- The last position of a feed is that of its last row. This column keeps it for when rows are
-- removed, so that an entry need not write the row of each account that it is for.
ALTER TABLE accounts RENAME COLUMN head TO pruned;

CREATE VIEW account_states AS
SELECT account_id, phone, account_key, created_ms, delivered,
  max(pruned, coalesce((SELECT max(f.position) FROM feed f WHERE f.account_id = accounts.account_id), 0)) AS head
FROM accounts;
