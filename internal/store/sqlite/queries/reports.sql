-- What people report to the operator.

-- name: createReport
INSERT INTO reports (reporter_id, account_id, created_ms, report) VALUES (?, ?, ?, ?)

-- name: listReports
SELECT report_id, reporter_id, account_id, created_ms, report FROM reports ORDER BY report_id

-- name: deleteReport
DELETE FROM reports WHERE report_id = ? RETURNING report_id

-- name: countReportsBefore
SELECT count(*) FROM reports WHERE created_ms < ?

-- name: deleteReportsBefore
DELETE FROM reports WHERE created_ms < ?
