-- What the rules about silent devices need, and what a person sees of them.

-- The IP address of the last connection.
ALTER TABLE devices ADD COLUMN address TEXT NOT NULL DEFAULT '';
-- The primary that linked the device.
ALTER TABLE devices ADD COLUMN linked_by BLOB CHECK (linked_by IS NULL OR length(linked_by) = 16);
-- Why the device was logged out, as on the wire.
ALTER TABLE devices ADD COLUMN removed_for INTEGER NOT NULL DEFAULT 0;
-- When people were warned of its silence; before last_active_ms it was another one.
ALTER TABLE devices ADD COLUMN warned_ms INTEGER NOT NULL DEFAULT 0;

CREATE INDEX devices_linked ON devices (account_id) WHERE is_primary = 0 AND removed_ms IS NULL;

-- Since when the relay has run without a long outage, and when it last ran.
ALTER TABLE relay ADD COLUMN serving_since_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE relay ADD COLUMN served_ms INTEGER NOT NULL DEFAULT 0;
