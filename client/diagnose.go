package client

import (
	"context"
	"errors"
	"time"

	"parley/client/api"
	"parley/wire"
)

// diagnoseTimeout is how long a diagnosis waits for the relay, in all.
const diagnoseTimeout = 15 * time.Second

// diagnosis collects checks. What a check found is told by codes and numbers
// only, so that a report has no secrets.
type diagnosis struct {
	*Client
	checks []api.Check
	// reached: the right relay answers.
	reached bool
}

func (d *diagnosis) add(c api.Check) { d.checks = append(d.checks, c) }

// diagnose implements api.Diagnose. The relay is tried on a connection of its
// own, as a device that comes anew would.
func (c *Client) diagnose(ctx context.Context, p api.DiagnoseParams) (api.Diagnosis, error) {
	ctx, cancel := context.WithTimeout(ctx, diagnoseTimeout)
	defer cancel()
	d := &diagnosis{Client: c}
	status, err := c.getStatus(ctx, api.None{})
	if err != nil && !c.isStorage(err) {
		return api.Diagnosis{}, err
	}
	relay, account := p.Relay, status.State == api.StateReady
	if account {
		relay = status.Relay
	}
	d.reached = d.network(ctx, relay)
	d.account(status)
	if account {
		account = d.devices(ctx, d.reached && d.awaitOnline(ctx))
	}
	d.storage(ctx)
	if account {
		d.waiting(ctx)
	}
	return api.Diagnosis{Checks: d.checks}, nil
}

// network tries the relay, step by step, and reports whether it is the right
// one and answers.
func (d *diagnosis) network(ctx context.Context, relay string) bool {
	if relay == "" {
		d.add(api.Check{ID: api.CheckWebSocket, State: api.CheckUnknown, Code: "no_relay"})
		return false
	}
	byHTTP := false
	if d.cfg.Reach != nil {
		for _, check := range d.cfg.Reach(ctx, relay) {
			byHTTP = byHTTP || check.ID == api.CheckHTTP && check.State == api.CheckOK
			d.add(check)
		}
	}
	began := d.cfg.Now()
	s, err := d.connect(ctx, relay)
	took := max(d.cfg.Now().Sub(began).Milliseconds(), 1)
	if err != nil {
		d.unreached(err, byHTTP)
		return false
	}
	defer s.close(errConnection)
	d.add(api.Check{ID: api.CheckWebSocket, State: api.CheckOK, Code: "websocket_ok", TookMS: took})
	same := d.relayIdentity(s)
	d.add(api.Check{ID: api.CheckVersions, State: api.CheckOK, Code: "versions_fit", Software: d.software(), RelaySoftware: s.hello.Software})
	d.clock()
	return same
}

// unreached tells why there is no connection.
func (d *diagnosis) unreached(err error, byHTTP bool) {
	check := api.Check{ID: api.CheckWebSocket, State: api.CheckFailed, Code: "websocket_failed"}
	switch {
	case hasCode(err, wire.ErrorVersionUnsupported):
		d.add(api.Check{ID: api.CheckWebSocket, State: api.CheckOK, Code: "websocket_ok"})
		check = api.Check{ID: api.CheckVersions, State: api.CheckFailed, Code: "version_unsupported", Software: d.software()}
	case errors.Is(err, api.ErrRelayURL):
		check.Code = api.ErrRelayURL.Code
	case byHTTP:
		check.Code = "websocket_blocked"
	}
	d.add(check)
}

func (d *diagnosis) relayIdentity(s *session) bool {
	d.mu.Lock()
	id := d.identity
	d.mu.Unlock()
	check := api.Check{ID: api.CheckRelay, State: api.CheckOK, Code: "relay_same"}
	switch {
	case id == nil || id.LoggedOut:
		check.Code = "relay_new"
	case string(id.RelayID) != string(s.hello.RelayID):
		check.State, check.Code = api.CheckFailed, errOtherRelay.Code
	}
	d.add(check)
	return check.State == api.CheckOK
}

// clock tells what connecting has measured (M29).
func (d *diagnosis) clock() {
	check := api.Check{ID: api.CheckClock, State: api.CheckOK, Code: "clock_right", OffsetMS: d.clockOffset()}
	if clockWrong(check.OffsetMS) {
		check.State, check.Code = api.CheckWarning, "clock_ahead"
		if check.OffsetMS < 0 {
			check.Code = "clock_behind"
		}
	}
	d.add(check)
}

// logoutCodes are the codes for reasons of a logout as api.Status tells them.
var logoutCodes = map[string]string{
	"removed": "logged_out_removed", "reregistered": "logged_out_reregistered",
	"primarySilent": "logged_out_primary_silent", "unused": "logged_out_unused",
}

func (d *diagnosis) account(s api.Status) {
	check := api.Check{ID: api.CheckAccount, State: api.CheckOK, Code: "account_linked"}
	switch {
	case s.State == api.StateReady && s.Primary:
		check.Code = "account_primary"
	case s.State == api.StateReady:
	case s.State == api.StateLoggedOut:
		check.State, check.Code = api.CheckFailed, logoutCodes[s.LogoutReason]
		if check.Code == "" {
			check.Code = logoutCodes["removed"]
		}
	default:
		check.State, check.Code = api.CheckWarning, "no_account"
	}
	d.add(check)
}

// awaitOnline has the worker connect at once and reports whether it could.
func (d *diagnosis) awaitOnline(ctx context.Context) bool {
	d.reconnectNow()
	s, err := d.awaitStatus(ctx, func(s api.Status) bool {
		return s.Connection == api.ConnectionOnline || s.State != api.StateReady
	})
	return err == nil && s.Connection == api.ConnectionOnline
}

// devices looks whether this device is listed, and how long the primary is
// silent. It reports whether there still is an account.
func (d *diagnosis) devices(ctx context.Context, online bool) bool {
	if s, err := d.getStatus(ctx, api.None{}); err == nil && s.State != api.StateReady {
		d.checks = d.checks[:len(d.checks)-1] // logged out meanwhile
		d.account(s)
		return false
	}
	check := api.Check{ID: api.CheckDevice, State: api.CheckUnknown, Code: "device_not_asked"}
	if !online {
		d.add(check)
		return true
	}
	list, err := d.listDevices(ctx, api.None{})
	if err != nil {
		d.add(check)
		return true
	}
	check.State, check.Code = api.CheckFailed, "device_missing"
	var own, primary *api.Device
	for i := range list.Devices {
		if list.Devices[i].Current {
			own = &list.Devices[i]
			check.State, check.Code = api.CheckOK, "device_listed"
		}
		if list.Devices[i].Primary {
			primary = &list.Devices[i]
		}
	}
	check.Count, check.Total = len(list.Devices), list.Limit+1
	d.add(check)
	if own != nil && primary != nil && !own.Primary {
		d.primary(own, primary)
	}
	return true
}

func (d *diagnosis) primary(own, primary *api.Device) {
	check := api.Check{ID: api.CheckPrimary, State: api.CheckOK, Code: "primary_active"}
	now := d.relayNow().UnixMilli()
	if !primary.Online {
		check.AgeMS = max(now-primary.LastActiveAt, 1)
	}
	if own.LogoutAt != 0 {
		check.State, check.Code, check.LeftMS = api.CheckWarning, "primary_silent", max(own.LogoutAt-now, 1)
	}
	d.add(check)
}

// storage tries to save.
func (d *diagnosis) storage(ctx context.Context) {
	check := api.Check{ID: api.CheckStorage, State: api.CheckOK, Code: "storage_" + string(d.cfg.Storage)}
	if d.cfg.Storage == api.StorageMemory {
		check.State = api.CheckWarning
	}
	if err := d.store.TryWrite(ctx); err != nil {
		check.State, check.Code = api.CheckFailed, "storage_failed"
		if d.isFull(err) {
			check.Code = "storage_full"
		}
	}
	d.add(check)
	if d.cfg.Room == nil {
		return
	}
	if free, err := d.cfg.Room(); err == nil {
		room := api.Check{ID: api.CheckRoom, State: api.CheckOK, Code: "room_enough", FreeBytes: free}
		if free < roomWanted {
			room.State, room.Code = api.CheckWarning, "room_low"
		}
		d.add(room)
	}
}

// roomWanted is how much room there should be, bytes.
const roomWanted = 200 << 20
