-- What people report to the operator, with what they chose to show.
CREATE TABLE reports (
  report_id INTEGER PRIMARY KEY AUTOINCREMENT,
  reporter_id BLOB NOT NULL CHECK (length(reporter_id) = 16),
  account_id BLOB NOT NULL CHECK (length(account_id) = 16),
  created_ms INTEGER NOT NULL,
  -- JSON: note, messages.
  report TEXT NOT NULL
) STRICT;

CREATE INDEX reports_by_time ON reports (created_ms);
