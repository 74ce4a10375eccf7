package relay

import "parley/internal/obs"

// counters are what the relay tells its operator about its work.
type counters struct {
	requests        *obs.Counter
	refusals        *obs.Counter
	entries         *obs.Counter
	pushed          *obs.Counter
	slowReaders     *obs.Counter
	codes           *obs.Counter
	internalErrors  *obs.Counter
	storageFailures *obs.Counter
	busy            *obs.Counter
	turnedAway      *obs.Counter
	wakeups         *obs.Counter
	wakeupFailures  *obs.Counter
	wakeupsGone     *obs.Counter
}

func newCounters(m *obs.Registry, r *Relay) counters {
	m.Gauge("parley_connections", "Open connections.", func() float64 { return float64(r.hub.count()) })
	m.Gauge("parley_accounts_online", "Accounts with an authenticated device.",
		func() float64 { return float64(r.hub.countAccounts()) })
	m.Gauge("parley_push_subscriptions", "Devices that can be woken through a push service.", func() float64 { return float64(r.wakes.count()) })
	m.Gauge("parley_writes_under_way", "Messages that wait for the disk.", func() float64 { return float64(r.gate.UnderWay()) })
	return counters{
		requests:        m.Counter("parley_requests_total", "Requests answered."),
		refusals:        m.Counter("parley_refusals_total", "Requests answered by an error."),
		entries:         m.Counter("parley_entries_total", "Entries appended to conversations."),
		pushed:          m.Counter("parley_pushed_total", "Entries pushed to devices."),
		slowReaders:     m.Counter("parley_slow_readers_total", "Times a device was too slow for pushes."),
		codes:           m.Counter("parley_codes_total", "Registration codes sent."),
		internalErrors:  m.Counter("parley_internal_errors_total", "Requests that failed by the relay's fault."),
		storageFailures: m.Counter("parley_storage_failures_total", "Writes refused by a full or failing disk."),
		busy:            m.Counter("parley_busy_total", "Messages that were told to come back because there was too much to write."),
		turnedAway:      m.Counter("parley_connections_refused_total", "Connections that were one too many, in all or of their address."),
		wakeups:         m.Counter("parley_push_wakeups_total", "Wake-ups that a push service has taken."),
		wakeupFailures:  m.Counter("parley_push_failures_total", "Wake-ups that a push service has not taken."),
		wakeupsGone:     m.Counter("parley_push_gone_total", "Subscriptions that a push service says are gone."),
	}
}
