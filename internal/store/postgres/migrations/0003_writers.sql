-- Who has written in a group, and where last: they are told of receipts, also for messages
-- that every device has and that are gone.
CREATE TABLE writers (
  conversation_id uuid NOT NULL,
  account_id      uuid NOT NULL,
  sequence        bigint NOT NULL,
  PRIMARY KEY (conversation_id, account_id)
);

CREATE INDEX writers_by_sequence ON writers (conversation_id, sequence);

INSERT INTO writers (conversation_id, account_id, sequence)
SELECT e.conversation_id, e.sender_account, max(e.sequence)
FROM entries e
JOIN conversations c ON c.conversation_id = e.conversation_id AND c.kind = 3
JOIN conversation_accounts a ON a.conversation_id = e.conversation_id AND a.account_id = e.sender_account
WHERE e.kind = 1 GROUP BY 1, 2;
