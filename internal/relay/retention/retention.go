// Package retention decides what a relay removes as time passes: linked devices
// of a primary that has fallen silent (M14), linked devices that nobody uses,
// entries and codes that are too old. It is a pure function of a clock and of
// what the store holds; package relay carries the actions out, by its timer and
// for `parley admin maintain`.
//
// A device is active while it is connected, and was last active when its last
// connection ended. Time in which the relay itself was out of service for long
// counts as nobody's silence.
package retention

import (
	"fmt"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// Rules are how long devices may be silent. A warning comes before its logout.
type Rules struct {
	// PrimarySilence is how long a primary may be silent before all linked
	// devices are logged out, PrimaryWarning when people are warned of it (M14).
	PrimarySilence, PrimaryWarning time.Duration
	// LinkedUnused is how long a linked device may be silent before it is logged
	// out, LinkedWarning when people are warned of it.
	LinkedUnused, LinkedWarning time.Duration
}

// DefaultRules returns the rules that hold unless an operator sets others.
func DefaultRules() Rules {
	const day = 24 * time.Hour
	return Rules{PrimarySilence: 14 * day, PrimaryWarning: 10 * day, LinkedUnused: 30 * day, LinkedWarning: 25 * day}
}

// Limit returns the time after which a reason logs a device out, or 0 if the
// reason has nothing to do with time.
func (r Rules) Limit(reason wire.LogoutReason) time.Duration {
	switch reason {
	case wire.LogoutPrimarySilent:
		return r.PrimarySilence
	case wire.LogoutUnused:
		return r.LinkedUnused
	}
	return 0
}

// Kind is what an action does.
type Kind uint8

// The kinds of actions.
const (
	// LogOut logs Device out for Reason.
	LogOut Kind = iota
	// Warn tells the account's devices that Device is silent: LogOut for Reason
	// is what comes next.
	Warn
	// DeleteEntries, DeleteCodes, DeleteHistory, DeleteMedia and DeleteReports remove Count of what
	// is older than Silence, or has expired.
	DeleteEntries
	DeleteCodes
	DeleteHistory
	DeleteMedia
	DeleteReports
)

// Action is one thing that retention does.
type Action struct {
	Kind    Kind
	Account ident.AccountID
	Device  ident.DeviceID
	Reason  wire.LogoutReason
	// Silence is how long the device that Reason is about has been silent; with
	// DeleteEntries, DeleteHistory, DeleteMedia and DeleteReports how long these are kept.
	Silence time.Duration
	Count   int
}

// String says what the action does, for the operator.
func (a Action) String() string {
	switch a.Kind {
	case LogOut:
		return fmt.Sprintf("log out device %s of account %s: %s", a.Device, a.Account, a.silence())
	case Warn:
		return fmt.Sprintf("warn account %s about device %s: %s", a.Account, a.Device, a.silence())
	case DeleteEntries:
		return fmt.Sprintf("delete %d entries: older than %s", a.Count, days(a.Silence))
	case DeleteHistory:
		return fmt.Sprintf("delete %d chunks of history: older than %s", a.Count, days(a.Silence))
	case DeleteMedia:
		return fmt.Sprintf("delete %d files: unused for %s, or never uploaded completely", a.Count, days(a.Silence))
	case DeleteReports:
		return fmt.Sprintf("delete %d reports: older than %s", a.Count, days(a.Silence))
	case DeleteCodes:
		return fmt.Sprintf("delete %d registration codes: expired", a.Count)
	}
	return "unknown action"
}

func (a Action) silence() string {
	if a.Reason == wire.LogoutPrimarySilent {
		return "primary silent for " + days(a.Silence)
	}
	return "not used for " + days(a.Silence)
}

func days(d time.Duration) string {
	n := int(d / (24 * time.Hour))
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// Silence returns how long a device has been silent at now, as far as the relay
// was there to see it.
func Silence(now time.Time, served store.Serving, d store.Device) time.Duration {
	since := d.LastActive
	if served.Since.After(since) {
		since = served.Since
	}
	return max(now.Sub(since), 0)
}

// Plan returns what the rules ask for at now of one account, whose present
// devices these are; LastActive of those that are connected must be now.
func (r Rules) Plan(now time.Time, served store.Serving, devices []store.Device) []Action {
	var plan []Action
	silent := r.primarySilence(now, served, devices)
	linked := 0
	for _, d := range devices {
		if d.Primary {
			continue
		}
		linked++
		own := Silence(now, served, d)
		a := Action{Account: d.Account, Device: d.ID, Reason: wire.LogoutUnused, Silence: own}
		switch {
		case silent > r.PrimarySilence:
			a.Reason, a.Silence = wire.LogoutPrimarySilent, silent
			plan = append(plan, a)
		case own > r.LinkedUnused:
			plan = append(plan, a)
		case own >= r.LinkedWarning && !warned(d):
			a.Kind = Warn
			plan = append(plan, a)
		}
	}
	for _, d := range devices {
		if d.Primary && linked > 0 && silent >= r.PrimaryWarning && silent <= r.PrimarySilence && !warned(d) {
			plan = append(plan, Action{Kind: Warn, Account: d.Account, Device: d.ID, Reason: wire.LogoutPrimarySilent, Silence: silent})
		}
	}
	return plan
}

// primarySilence is 0 for an account without a primary: it is being replaced.
func (r Rules) primarySilence(now time.Time, served store.Serving, devices []store.Device) time.Duration {
	for _, d := range devices {
		if d.Primary {
			return Silence(now, served, d)
		}
	}
	return 0
}

// warned reports whether people have been warned of the present silence.
func warned(d store.Device) bool { return d.Warned.After(d.LastActive) }

// Earliest returns the times before which a primary or a linked device must
// have been last active for Plan to ask for anything.
func (r Rules) Earliest(now time.Time) (primary, linked time.Time) {
	return now.Add(-min(r.PrimaryWarning, r.PrimarySilence)), now.Add(-min(r.LinkedWarning, r.LinkedUnused))
}
