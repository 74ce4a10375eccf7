-- Key packages by MLS cipher suite; all there were are of suite 0x0003.

ALTER TABLE key_packages ADD COLUMN suite INTEGER NOT NULL DEFAULT 3 CHECK (suite BETWEEN 1 AND 65535);

DROP INDEX key_packages_by_device;
CREATE INDEX key_packages_by_device ON key_packages (device_id, suite, key_package_id);

ALTER TABLE last_resort_key_packages RENAME TO last_resort_before;
CREATE TABLE last_resort_key_packages (
  device_id   BLOB NOT NULL REFERENCES devices,
  suite       INTEGER NOT NULL CHECK (suite BETWEEN 1 AND 65535),
  key_package BLOB NOT NULL CHECK (length(key_package) BETWEEN 1 AND 8192),
  PRIMARY KEY (device_id, suite)
) STRICT;
INSERT INTO last_resort_key_packages SELECT device_id, 3, key_package FROM last_resort_before;
DROP TABLE last_resort_before;
