package client

import (
	"context"
	"slices"
	"strconv"
	"time"

	"parley/client/api"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// readDevices reads the list of devices, once a connection and whenever it has
// changed, and makes of it what people should know (M14, M19).
func (w *worker) readDevices(ctx context.Context) (bool, error) {
	if w.devicesListed {
		return false, nil
	}
	signed := w.signedList()
	r, err := request[*wire.ListDevicesResult](ctx, w.s, &wire.ListDevices{})
	if err != nil {
		return false, err
	}
	w.devicesListed = true
	if err := w.refuseReturned(ctx, r, signed); err != nil {
		return false, err
	}
	last := w.lastActive
	w.lastActive = 0
	return true, w.update(ctx, func(tx *tx) error {
		tx.noteOnline(r)
		if tx.ownList() != signed {
			// A device was linked or logged out while the relay answered.
			w.devicesListed = false
			return nil
		}
		primary := tx.identity.Primary
		if err := tx.takeDevices(r, last); err != nil {
			return err
		}
		if tx.identity.Primary != primary {
			// The key of a former primary goes from the log, too, and the leaf follows.
			w.settled, w.leafChecked = time.Time{}, false
		}
		return nil
	})
}

// noteOnline notes whether there is another device that could send history.
func (tx *tx) noteOnline(r *wire.ListDevicesResult) {
	online := slices.ContainsFunc(tx.knownDevices(r), func(d ownDevice) bool {
		return d.Device != tx.identity.Device && d.listed.Online
	})
	if tx.c.alone.Swap(!online) == online {
		tx.history = true
	}
}

// takeDevices brings the notices in step with a list of devices. last is when
// this device was active before, if that is not known from it.
func (tx *tx) takeDevices(r *wire.ListDevicesResult, last int64) error {
	before, err := tx.FindNotices()
	if err != nil {
		return err
	}
	known := tx.knownDevices(r)
	if err := tx.followRole(known); err != nil {
		return err
	}
	if err := tx.followDevices(known); err != nil {
		return err
	}
	due := append(tx.additions(known, before), tx.silences(r, known)...)
	if n, ok := tx.returned(r, before, last); ok {
		due = append(due, n)
	}
	for _, old := range before {
		if old.Kind == string(api.NoticeReturned) || hasNotice(due, old.Kind, old.Device) {
			continue
		}
		tx.notices = true
		if err := tx.DeleteNotice(old.Kind, old.Device); err != nil {
			return err
		}
	}
	for _, n := range due {
		if isKnown(before, n) {
			continue
		}
		tx.notices = true
		if err := tx.SaveNotice(n); err != nil {
			return err
		}
		if err := tx.warnInNotes(n); err != nil {
			return err
		}
	}
	return nil
}

// additions are all devices, those answered that this one has known from its
// own first list on, and itself.
func (tx *tx) additions(known []ownDevice, before []store.Notice) []store.Notice {
	const kind = string(api.NoticeDeviceAdded)
	first := !hasNotice(before, kind, tx.identity.Device)
	var all []store.Notice
	for _, d := range known {
		all = append(all, store.Notice{
			Kind: kind, Device: d.Device, Platform: string(d.Platform), Began: d.listed.CreatedMS,
			Answered: first || d.Device == tx.identity.Device,
		})
	}
	return all
}

// silences are the devices that have been silent for so long that it has to be
// said: the primary, and linked ones other than this.
func (tx *tx) silences(r *wire.ListDevicesResult, known []ownDevice) []store.Notice {
	now := tx.c.relayNow().UnixMilli()
	var all []store.Notice
	for _, d := range known {
		kind, warn, limit := api.NoticeDeviceUnused, r.LinkedWarnMS, r.LinkedUnusedMS
		if d.Primary {
			kind, warn, limit = api.NoticePrimarySilent, r.PrimaryWarnMS, r.PrimarySilentMS
		}
		began := max(d.listed.LastActiveMS, r.ServingSinceMS)
		if d.Device == tx.identity.Device || d.listed.Online || warn == 0 || now-began < int64(warn) {
			continue
		}
		all = append(all, store.Notice{
			Kind: string(kind), Device: d.Device, Platform: string(d.Platform), Began: began, Ends: began + int64(limit), LimitMS: int64(limit),
		})
	}
	return all
}

// returned is this device's own silence, if it was long and something hung on it.
func (tx *tx) returned(r *wire.ListDevicesResult, before []store.Notice, last int64) (store.Notice, bool) {
	now := tx.c.relayNow().UnixMilli()
	warn, limit := r.LinkedWarnMS, r.LinkedUnusedMS
	if tx.identity.Primary {
		warn, limit = r.PrimaryWarnMS, r.PrimarySilentMS
		if !hasOther(before, tx.identity.Device) {
			return store.Notice{}, false
		}
	}
	began := max(last, r.ServingSinceMS)
	return store.Notice{
		Kind: string(api.NoticeReturned), Device: tx.identity.Device, Began: began, Ends: now, LimitMS: int64(limit),
	}, last > 0 && warn > 0 && now-began >= int64(warn)
}

// hasOther reports whether the account had another device.
func hasOther(all []store.Notice, own ident.DeviceID) bool {
	for _, n := range all {
		if n.Kind == string(api.NoticeDeviceAdded) && n.Device != own {
			return true
		}
	}
	return false
}

func hasNotice(all []store.Notice, kind string, device ident.DeviceID) bool {
	for _, n := range all {
		if n.Kind == kind && n.Device == device {
			return true
		}
	}
	return false
}

// isKnown reports whether this very notice, of the same silence, is there.
func isKnown(all []store.Notice, n store.Notice) bool {
	for _, old := range all {
		if noticeID(old) == noticeID(n) {
			return true
		}
	}
	return false
}

// noticeID differs between two silences of one device.
func noticeID(n store.Notice) string {
	return n.Kind + "." + n.Device.String() + "." + strconv.FormatInt(n.Began, 10)
}

// showNotices are the notices as people see them.
func (tx *tx) showNotices() (api.Notices, error) {
	shown := api.Notices{Notices: []api.Notice{}}
	all, err := tx.FindNotices()
	if err != nil {
		return shown, err
	}
	names, err := tx.FindDeviceNames()
	for _, n := range all {
		if !n.Answered {
			shown.Notices = append(shown.Notices, api.Notice{
				ID: noticeID(n), Kind: api.NoticeKind(n.Kind), DeviceID: n.Device.String(), DeviceName: names[n.Device].Name,
				Platform: n.Platform, At: n.Began, Until: n.Ends, LimitMS: n.LimitMS,
			})
		}
	}
	return shown, err
}

// listNotices implements api.ListNotices.
func (c *Client) listNotices(ctx context.Context, _ api.None) (shown api.Notices, err error) {
	err = c.view(ctx, func(tx *tx) (err error) {
		shown, err = tx.showNotices()
		return err
	})
	return shown, err
}

// answerNotice implements api.AnswerNotice. The other devices are not told: a
// device that somebody else has added could answer for the person.
func (c *Client) answerNotice(ctx context.Context, p api.NoticeID) (api.None, error) {
	return api.None{}, c.update(ctx, func(tx *tx) error {
		all, err := tx.FindNotices()
		for _, n := range all {
			if noticeID(n) == p.ID && !n.Answered {
				n.Answered, tx.notices = true, true
				return tx.SaveNotice(n)
			}
		}
		return err
	})
}
