-- Key packages by MLS cipher suite; all there were are of suite 0x0003.
ALTER TABLE key_package ADD COLUMN suite INTEGER NOT NULL DEFAULT 3;
