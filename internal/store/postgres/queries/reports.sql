-- What people report to the operator.

-- name: createReport
INSERT INTO reports (reporter_id, account_id, created_ms, report) VALUES ($1, $2, $3, $4)

-- name: listReports
SELECT report_id, reporter_id, account_id, created_ms, report FROM reports ORDER BY report_id

-- name: deleteReport
DELETE FROM reports WHERE report_id = $1 RETURNING report_id

-- name: countReportsBefore
SELECT count(*) FROM reports WHERE created_ms < $1

-- name: deleteReportsBefore
DELETE FROM reports WHERE created_ms < $1
