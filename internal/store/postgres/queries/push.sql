-- Where devices are woken.

-- name: findPushKey
SELECT push_key FROM relay WHERE push_key IS NOT NULL

-- name: putPushKey
UPDATE relay SET push_key = $1

-- name: findPushSubscription
SELECT s.device_id, d.account_id, s.endpoint FROM push_subscriptions s JOIN devices d USING (device_id) WHERE s.device_id = $1

-- name: listPushSubscriptions
SELECT s.device_id, d.account_id, s.endpoint FROM push_subscriptions s JOIN devices d USING (device_id) ORDER BY s.device_id

-- name: putPushSubscription
INSERT INTO push_subscriptions (device_id, endpoint) VALUES ($1, $2) ON CONFLICT (device_id) DO UPDATE SET endpoint = excluded.endpoint

-- name: deletePushSubscription
DELETE FROM push_subscriptions WHERE device_id = $1 AND ($2::text = '' OR endpoint = $2)
