package devicetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"parley/client/api"
	"parley/ident"
)

// linkEnd passes on how linking ended.
func linkEnd(ended chan<- api.LinkProgress) func(string, json.RawMessage) {
	return func(event string, data json.RawMessage) {
		var p api.LinkProgress
		if event != api.OnLink.Name || json.Unmarshal(data, &p) != nil || p.State == api.LinkOpen || p.State == api.LinkComparing || p.State == api.LinkClaimed {
			return
		}
		select {
		case ended <- p:
		default:
		}
	}
}

// Eventually waits until a condition holds; it is tried again on every event
// of the device.
func (d *Device) Eventually(what string, condition func() bool) {
	d.t.Helper()
	changed := make(chan struct{}, 1)
	cancel := d.Core.Subscribe(func(string, json.RawMessage) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	defer cancel()
	deadline := time.After(patience)
	for !condition() {
		select {
		case <-changed:
		case <-deadline:
			d.t.Fatalf("%s: never: %s", d.Name, what)
		}
	}
}

// WantTexts waits until the device holds exactly these messages with a number,
// in this order.
func (d *Device) WantTexts(with ident.Phone, want []string) {
	d.t.Helper()
	d.Eventually(fmt.Sprintf("holds exactly %q", want), func() bool {
		return slices.Equal(d.Held(with), want)
	})
}
