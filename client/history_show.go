package client

import (
	"context"
	"time"

	"parley/client/api"
)

// getHistory implements api.GetHistory.
func (c *Client) getHistory(ctx context.Context, _ api.None) (shown api.History, err error) {
	err = c.view(ctx, func(tx *tx) error {
		shown, err = tx.showHistory()
		return err
	})
	return shown, err
}

// showHistory is the history on its way to this device and from it.
func (tx *tx) showHistory() (api.History, error) {
	shown := api.History{Sending: []api.HistorySending{}}
	if tx.identity == nil {
		return shown, nil
	}
	names, err := tx.FindDeviceNames()
	if err != nil {
		return shown, err
	}
	h, err := tx.FindHistory()
	if err != nil {
		return shown, err
	}
	if h != nil {
		r := &api.HistoryReceiving{State: api.HistoryAsked, Total: int(h.Total), DeviceName: names[h.Sender].Name}
		// The overview is ahead of the order in which the rest comes.
		r.Received = int(max(min(h.Taken, h.Total), h.Total-min(h.Remaining, h.Total)))
		switch {
		case h.Done():
			r.State = api.HistoryDone
		case h.Total > 0:
			r.State = api.HistoryComing
		case tx.c.alone.Load():
			r.State = api.HistoryWaiting
		}
		shown.Receiving = r
	}
	s := &tx.c.serves
	s.mu.Lock()
	defer s.mu.Unlock()
	for device, sent := range s.sending {
		if time.Since(sent.at) > sendingShown {
			delete(s.sending, device)
			continue
		}
		shown.Sending = append(shown.Sending, api.HistorySending{
			DeviceID: device.String(), DeviceName: names[device].Name, Sent: int(sent.sent), Total: int(sent.total), Done: sent.done,
		})
	}
	return shown, nil
}

// repairDevice implements api.RepairDevice.
func (c *Client) repairDevice(ctx context.Context, _ api.None) (api.None, error) {
	err := c.update(ctx, func(tx *tx) error {
		if err := tx.needAccount(); err != nil {
			return err
		}
		if err := tx.leaveGroups(); err != nil {
			return err
		}
		if err := tx.beginHistory(c.relayNow().Add(-historyAge).UnixMilli()); err != nil {
			return err
		}
		self, err := tx.FindSelfConversation()
		if err != nil || self == nil {
			return err
		}
		return tx.want(self, 0, 0)
	})
	c.relist.Store(true)
	c.pullAsked.Store(true)
	c.nudge()
	c.reconnectNow()
	return api.None{}, err
}
