-- When a member went, Unix milliseconds; 0 while it is there, and of those who went before this was kept.
ALTER TABLE group_member ADD COLUMN gone_at INTEGER NOT NULL DEFAULT 0;
