-- Of the history that this device gets: a part came from a device that waited for
-- history itself (partial); parts came from more than one device (mixed); and the ids
-- of the devices that have handed over all they had while they waited (had).
ALTER TABLE history ADD COLUMN partial INTEGER NOT NULL DEFAULT 0;
ALTER TABLE history ADD COLUMN mixed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE history ADD COLUMN had BLOB NOT NULL DEFAULT x'';
ALTER TABLE history_part ADD COLUMN partial INTEGER NOT NULL DEFAULT 0;
