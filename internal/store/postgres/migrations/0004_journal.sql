-- What relays that share the database tell each other. Times are the server's.

-- The number of the last row of notices.
ALTER TABLE writer ADD COLUMN notice bigint NOT NULL DEFAULT 0;

-- The notices of one commit, numbered without holes in the order of commits.
CREATE TABLE notices (
  number   bigint PRIMARY KEY,
  relay_id uuid NOT NULL,
  created  timestamptz NOT NULL DEFAULT clock_timestamp(),
  body     bytea NOT NULL
);

-- The relays that run, each since it last said so.
CREATE TABLE relays (
  relay_id uuid PRIMARY KEY,
  seen     timestamptz NOT NULL
);

-- How often a device has connected, and to which relay it is.
ALTER TABLE devices ADD COLUMN connection bigint NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN connected_to uuid;

ALTER TABLE push_subscriptions ADD COLUMN woken_ms bigint NOT NULL DEFAULT 0;
