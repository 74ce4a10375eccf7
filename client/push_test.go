package client_test

import (
	"testing"

	"parley/client/api"
	. "parley/client/devicetest"
)

// M92: a relay that wakes nobody says so, and what it refuses comes as an error with
// a code; what a relay does that wakes devices is tested there.
func TestPush_RelayWithoutIt(t *testing.T) {
	t.Parallel()
	_, a1, _, _, _ := people(t)
	if got := Call(a1, api.GetPush, api.None{}); got != (api.Push{}) {
		t.Errorf("the relay wakes this device: %+v", got)
	}
	Call(a1, api.SetPush, api.PushEndpoint{})
	if _, err := Try(a1, api.SetPush, api.PushEndpoint{Endpoint: "https://push.example/x"}); err == nil {
		t.Error("the relay took an endpoint")
	}
	if got := Call(a1, api.TestPush, api.None{}); got.Status != 0 {
		t.Errorf("a wake-up without a subscription: %+v", got)
	}
}
