package scale_test

import (
	"testing"
	"time"

	"parley/client"
	"parley/internal/relay/busy"
	"parley/internal/scale"
)

// plan is a region of a million devices as docs/scale.md has it: forty messages a day each, of
// which a tenth in the busiest hour, and relays that have four times what they need then.
func plan() scale.Plan {
	return scale.Plan{
		Relays: 20, Processors: 2, Devices: 1_000_000, Rate: 40 * 0.1 / 3600,
		Message: 120 * time.Microsecond, Refusal: 15 * time.Microsecond, Connect: 800 * time.Microsecond,
		Backlog: 4096, Patience: 10 * time.Second,
		FirstRetry: client.FirstRetry, LastRetry: client.LastRetry,
		FirstBackoff: client.FirstBackoff, LastBackoff: client.LastBackoff,
	}
}

func TestRegion(t *testing.T) {
	hotGroup := func(perSecond float64) scale.Happening {
		// A message to 1,024 accounts that are online: 1,023 deliveries of 17 µs.
		return scale.Happening{At: time.Minute, Burst: perSecond, BurstDevices: 1024, BurstCost: 17 * time.Millisecond, BurstTime: time.Minute}
	}
	busier := func(p scale.Plan, factor float64) scale.Plan {
		p.Rate *= factor
		return p
	}
	capacity := func(p scale.Plan) float64 {
		return float64(p.Relays*p.Processors) / p.Message.Seconds() / (float64(p.Devices) * p.Rate)
	}
	for _, c := range []struct {
		name string
		plan scale.Plan
		what scale.Happening
		// back is when all must be well again, longest what a message may have waited.
		back, longest time.Duration
		refuses       bool
	}{
		{"a relay dies", plan(), scale.Happening{At: time.Minute, Lost: 1}, time.Minute, 2 * time.Second, false},
		{"half of the relays die", plan(), scale.Happening{At: time.Minute, Lost: 10}, 3 * time.Minute, 2 * time.Second, false},
		{"half of the relays die at half of their capacity", busier(plan(), capacity(plan())*0.4), scale.Happening{At: time.Minute, Lost: 10}, 15 * time.Minute, 3 * time.Second, true},
		{"a group of 1,024 writes fifty times a second", plan(), hotGroup(50), time.Minute, 2 * time.Second, false},
		{"a group of 1,024 writes a thousand times a second", plan(), hotGroup(1000), time.Minute, 10 * time.Second, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.plan.Run(1, 2*time.Hour, c.what)
			t.Logf("%+v", got)
			if got.MostWrites > busy.Most || got.MostConnects > c.plan.Backlog {
				t.Errorf("%d writes and %d connections waited at a relay", got.MostWrites, got.MostConnects)
			}
			if got.Back == 0 || got.Back > c.back {
				t.Errorf("all was well again after %v, want %v at most", got.Back, c.back)
			}
			if got.LongestWrite > c.longest {
				t.Errorf("a message waited %v", got.LongestWrite)
			}
			if (got.Refused > 0) != c.refuses {
				t.Errorf("%d messages were told to come back", got.Refused)
			}
		})
	}
}
