package retention_test

import (
	"strings"
	"testing"
	"time"

	"parley/ident"
	"parley/internal/relay/retention"
	"parley/internal/store"
	"parley/wire"
)

const (
	day    = 24 * time.Hour
	minute = time.Minute
)

var now = time.UnixMilli(1_800_000_000_000)

// account is a primary and linked devices that were last active so long ago.
func account(primary time.Duration, linked ...time.Duration) []store.Device {
	id := ident.AccountID{7}
	devices := []store.Device{{ID: ident.DeviceID{0}, Account: id, Primary: true, LastActive: now.Add(-primary)}}
	for i, ago := range linked {
		devices = append(devices, store.Device{ID: ident.DeviceID{byte(i + 1)}, Account: id, LastActive: now.Add(-ago)})
	}
	return devices
}

// lines is the plan without ids.
func lines(plan []retention.Action) string {
	var all []string
	for _, a := range plan {
		line := a.String()
		line = strings.ReplaceAll(line, a.Account.String(), "A")
		all = append(all, strings.ReplaceAll(line, a.Device.String(), string(rune('0'+a.Device[0]))))
	}
	return strings.Join(all, "\n")
}

// M14: 13 days and 23 hours of silence are allowed, 14 days and a minute are
// not; a linked device may be unused for 30 days.
func TestPlan(t *testing.T) {
	for _, c := range []struct {
		name    string
		devices []store.Device
		want    string
	}{
		{"all active", account(0, 0, day), ""},
		{"primary just below the warning", account(10*day-minute, 0), ""},
		{"primary warned", account(10*day, 0), "warn account A about device 0: primary silent for 10 days"},
		{"13 d 23 h", account(13*day+23*time.Hour, 0), "warn account A about device 0: primary silent for 13 days"},
		{"14 d", account(14*day, 0), "warn account A about device 0: primary silent for 14 days"},
		{
			"14 d 1 min", account(14*day+minute, 0, 40*day),
			"log out device 1 of account A: primary silent for 14 days\nlog out device 2 of account A: primary silent for 14 days",
		},
		{"nobody linked", account(400 * day), ""},
		{"linked below the warning", account(0, 25*day-minute), ""},
		{"linked warned", account(0, 25*day, 0), "warn account A about device 1: not used for 25 days"},
		{"linked at the limit", account(0, 30*day), "warn account A about device 1: not used for 30 days"},
		{"linked dropped", account(0, 0, 30*day+minute), "log out device 2 of account A: not used for 30 days"},
		{"no primary", account(0, day)[1:], ""},
		{"clock set back", account(-day, -day), ""},
	} {
		if got := lines(retention.DefaultRules().Plan(now, store.Serving{}, c.devices)); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// One warning a silence: not again until the device was there in between.
func TestPlan_WarnsOnce(t *testing.T) {
	rules := retention.DefaultRules()
	devices := account(11*day, 26*day)
	if got := len(rules.Plan(now, store.Serving{}, devices)); got != 2 {
		t.Fatalf("%d actions, want 2 warnings", got)
	}
	for i := range devices {
		devices[i].Warned = now.Add(-time.Hour)
	}
	if got := lines(rules.Plan(now, store.Serving{}, devices)); got != "" {
		t.Errorf("warned again: %s", got)
	}
	for i := range devices {
		devices[i].Warned = devices[i].LastActive.Add(-time.Hour)
	}
	if got := len(rules.Plan(now, store.Serving{}, devices)); got != 2 {
		t.Errorf("%d warnings of the next silence, want 2", got)
	}
}

// Nobody could be there while the relay was not: its outage is no silence.
func TestPlan_OutageIsNoSilence(t *testing.T) {
	served := store.Serving{Since: now.Add(-9 * day), Last: now}
	if got := lines(retention.DefaultRules().Plan(now, served, account(100*day, 100*day))); got != "" {
		t.Errorf("right after an outage: %s", got)
	}
	served.Since = now.Add(-14*day - minute)
	if got := lines(retention.DefaultRules().Plan(now, served, account(100*day, 0))); got != "log out device 1 of account A: primary silent for 14 days" {
		t.Errorf("14 days after an outage: %s", got)
	}
}

// Whatever Plan asks for is found by looking at silent accounts only.
func TestEarliest_CoversThePlan(t *testing.T) {
	rules := retention.DefaultRules()
	primary, linked := rules.Earliest(now)
	for hours := range 40 * 24 {
		ago := time.Duration(hours) * time.Hour
		for _, devices := range [][]store.Device{account(ago, 0), account(0, ago)} {
			found := !devices[0].LastActive.After(primary) || !devices[1].LastActive.After(linked)
			if plan := rules.Plan(now, store.Serving{}, devices); len(plan) > 0 && !found {
				t.Fatalf("after %v an account with %q is not looked at", ago, lines(plan))
			}
		}
	}
}

func TestLimit(t *testing.T) {
	rules := retention.DefaultRules()
	if rules.Limit(wire.LogoutPrimarySilent) != 14*day || rules.Limit(wire.LogoutUnused) != 30*day || rules.Limit(wire.LogoutRemoved) != 0 {
		t.Error("the limits of the reasons are wrong")
	}
}
