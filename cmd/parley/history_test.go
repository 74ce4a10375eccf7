package main

import (
	"strings"
	"testing"

	"parley/client/api"
	"parley/client/apitest"
)

// M11: how far history is, in numbers, on the device that gets it and on the one
// that sends it.
func TestM11_History(t *testing.T) {
	core := apitest.New()
	d := newTestDevice(t, core)
	if out := d.want("history"); out != "This device asks for no history.\n" {
		t.Errorf("printed %q", out)
	}
	coming := &api.HistoryReceiving{State: api.HistoryComing, Received: 3000, Total: 20_000, DeviceName: "Phone"}
	core.SetHistory(api.History{Receiving: coming, Sending: []api.HistorySending{{DeviceID: "a", DeviceName: "Tablet\x1b[2J", Sent: 999, Total: 1000}}})
	want := "History: 3,000 of 20,000 messages\nSending history to Tablet\ufffd[2J: 999 of 1,000 messages\n"
	if out := d.want("history"); out != want {
		t.Errorf("printed %q", out)
	}
	if h := decode[api.History](t, d.want("history", "--json")); h.Receiving == nil || *h.Receiving != *coming {
		t.Errorf("history %+v", h)
	}
	if status, _, _ := d.run("", "history", "--wait", "--timeout", "50ms"); status != exitFailed {
		t.Errorf("exit status %d", status)
	}
	go core.SetHistory(api.History{Receiving: &api.HistoryReceiving{State: api.HistoryDone, Received: 20_000, Total: 20_000}})
	if out := d.want("history", "--wait"); !strings.HasSuffix(out, "History: all 20,000 messages are here.\n") {
		t.Errorf("printed %q", out)
	}
}

// M113: repairing tells what has come of it.
func TestM113_Repair(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	if out := d.want("devices", "repair"); !strings.HasPrefix(out, "This device has joined its chats anew.\n") {
		t.Errorf("printed %q", out)
	}
}
