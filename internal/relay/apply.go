package relay

import (
	"log/slog"

	"parley/wire"
)

// Apply implements store.Follower.
func (o *others) Apply(encoded []byte) {
	n, err := decodeNotice(encoded)
	if err != nil {
		o.relay.log.Error("another relay said what cannot be read", slog.Any("cause", err))
		return
	}
	r := o.relay
	switch n.kind {
	case noticeFeed:
		for i, account := range n.accounts {
			r.moved(account, n.positions[i])
		}
	case noticeEvent:
		for _, account := range n.accounts {
			for _, s := range r.hub.sessionsOf(account) {
				s.notify(n.event)
			}
		}
	case noticeEntered, noticeLoggedOut, noticeMoved:
		o.applyToDevices(&n)
	case noticeParted:
		if len(n.accounts) == 2 {
			r.presence.part(n.accounts[0], n.accounts[1])
		}
	case noticeSubscribed, noticeUnsubscribed:
		o.applyToWakes(&n)
	case noticeGrant:
		if key, g, err := decodeGrant(&n); err == nil {
			r.grants.putKey(key, g)
		}
	}
}

// applyToDevices ends sessions, as the relay does that has written the notice.
func (o *others) applyToDevices(n *notice) {
	r := o.relay
	for _, account := range n.accounts {
		for _, device := range n.devices {
			switch n.kind {
			case noticeLoggedOut:
				r.endSessions(account, device, wire.LogoutReason(n.number))
			case noticeMoved:
				r.endForNow(account, device, ^uint64(0))
			default:
				r.endForNow(account, device, n.number)
			}
		}
	}
}

func (o *others) applyToWakes(n *notice) {
	if o.relay.wakes.pusher == nil {
		return
	}
	for _, account := range n.accounts {
		for _, device := range n.devices {
			if n.kind == noticeSubscribed {
				o.relay.wakes.add(account, device)
			} else {
				o.relay.wakes.remove(device)
			}
		}
	}
}
