-- How devices are woken that are not connected: the relay's key at push services, and where each device is subscribed.
ALTER TABLE relay ADD COLUMN push_key BLOB;

CREATE TABLE push_subscriptions (
  device_id BLOB PRIMARY KEY REFERENCES devices,
  endpoint  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
