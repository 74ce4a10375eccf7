-- When the receipts last changed, Unix milliseconds; 0 for before it was noted.
ALTER TABLE conversation_accounts ADD COLUMN delivered_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation_accounts ADD COLUMN read_ms INTEGER NOT NULL DEFAULT 0;
