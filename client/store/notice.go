package store

import "parley/ident"

// Notice is something the account's person should know about one of its devices.
type Notice struct {
	Kind     string
	Device   ident.DeviceID
	Platform string
	// Began is when it happened, or the silence began; Ends when the silence
	// ended or will have lasted for LimitMS.
	Began, Ends, LimitMS int64
	Answered             bool
}

// FindNotices returns all notices, answered ones too, the latest first.
func (tx *Tx) FindNotices() ([]Notice, error) {
	return collect(tx, func(row scanner) (Notice, error) {
		var n Notice
		var id []byte
		err := row.Scan(&n.Kind, &id, &n.Platform, &n.Began, &n.Ends, &n.LimitMS, &n.Answered)
		copy(n.Device[:], id)
		return n, err
	}, "SELECT kind, device_id, platform, began, ends, limit_ms, answered FROM notice ORDER BY began DESC, kind, device_id")
}

// SaveNotice creates or replaces the notice of its kind about its device.
func (tx *Tx) SaveNotice(n Notice) error {
	return tx.exec("INSERT OR REPLACE INTO notice (kind, device_id, platform, began, ends, limit_ms, answered) VALUES (?, ?, ?, ?, ?, ?, ?)",
		n.Kind, n.Device[:], n.Platform, n.Began, n.Ends, n.LimitMS, n.Answered)
}

// DeleteNotice removes the notice of a kind about a device.
func (tx *Tx) DeleteNotice(kind string, device ident.DeviceID) error {
	return tx.exec("DELETE FROM notice WHERE kind = ? AND device_id = ?", kind, device[:])
}
