package apitest

import (
	"context"
	"fmt"

	"parley/client/api"
	"parley/wire"
)

// linkState is what this device does with link codes: as a new device, how
// many it has shown; as a primary, what it decided.
type linkState struct {
	offers   int
	move     bool
	decision string
}

// NewUnlinked returns a device without an account.
func NewUnlinked() *Core {
	c := New()
	c.status = api.Status{State: api.StateNew, Connection: api.ConnectionOffline, Storage: api.StorageMemory, Version: "test"}
	return c
}

// Link has the other side do something with the code that this device shows.
func (c *Core) Link(progress api.LinkProgress) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if progress.State == api.LinkAccepted {
		c.status = New().status
		c.status.Primary = c.link.move
		c.setHistoryLocked(api.History{Receiving: &api.HistoryReceiving{State: api.HistoryDone, Received: 2000, Total: 2000}})
	}
	c.emitLocked(api.OnLink.Name, progress)
}

// Offers is how many link codes this device has shown.
func (c *Core) Offers() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.link.offers
}

// Decision is what this primary told the new device: accepted, rejected, words
// differ or "".
func (c *Core) Decision() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.link.decision
}

func startLink(_ context.Context, c *Core, p api.StartLinkParams) (api.LinkOffer, error) {
	if c.status.State == api.StateReady {
		return api.LinkOffer{}, api.ErrAlreadyRegistered
	}
	c.status.State = api.StateLinking
	c.link.offers++
	c.link.move = p.Move
	c.emitLocked(api.OnLink.Name, api.LinkProgress{State: api.LinkOpen})
	return api.LinkOffer{URI: fmt.Sprintf("parley://link?relay=%s&slot=%d", p.Relay, c.link.offers), ExpiresAt: c.clock + 60_000}, nil
}

// maxLinked is how many linked devices the account may have.
const maxLinked = 4

func inspectLink(_ context.Context, c *Core, p api.LinkURI) (api.LinkRequest, error) {
	if len(c.devices) > maxLinked {
		return api.LinkRequest{}, &api.Error{Code: wire.ErrorTooManyDevices.String(), Message: wire.ErrorTooManyDevices.Sentence()}
	}
	request := api.LinkRequest{DeviceName: "Tablet\x1b[2J", Platform: "web", Phone: "+32470000001", Name: "Alice"}
	switch p.URI {
	case "parley://link?move":
		request.Move, request.PINNeeded = true, true
	case "parley://link?good":
	default:
		return api.LinkRequest{}, api.ErrLinkMalformed
	}
	return request, nil
}

// movePIN is the PIN that acceptMove asks for.
const movePIN = "418302"

func acceptMove(_ context.Context, c *Core, p api.AcceptMoveParams) (api.Device, error) {
	switch {
	case p.URI != "parley://link?move":
		return api.Device{}, api.ErrLinkStays
	case p.PIN != movePIN:
		return api.Device{}, &api.Error{Code: wire.ErrorPinWrong.String(), Message: wire.ErrorPinWrong.Sentence(), TriesLeft: 4}
	}
	c.link.decision, c.status.Primary = "moved", false
	c.setHistoryLocked(api.History{Sending: []api.HistorySending{{DeviceID: "device3", DeviceName: "Tablet", Done: true}}})
	return api.Device{ID: "device3", Name: "Tablet", Primary: true}, nil
}

func acceptLink(_ context.Context, c *Core, _ api.LinkURI) (api.Device, error) {
	c.link.decision = "accepted"
	c.setHistoryLocked(api.History{Sending: []api.HistorySending{{DeviceID: "device3", DeviceName: "Tablet", Done: true}}})
	return api.Device{ID: "device3", Name: "Tablet"}, nil
}

func rejectLink(_ context.Context, c *Core, p api.RejectLinkParams) (api.None, error) {
	c.link.decision = "rejected"
	if p.WordsDiffer {
		c.link.decision = "words differ"
	}
	return api.None{}, nil
}

// AddDevice puts another linked device into the list.
func (c *Core) AddDevice(id, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.devices = append(c.devices, api.Device{ID: id, Name: name, Platform: "web"})
}
