// Package scale tries on paper what no machine here can: millions of devices on many relays,
// of which some die. It counts, ten milliseconds at a time, who waits for what, with costs that
// were measured (docs/performance.md) and with the rules by which relays refuse and devices come
// back. What it must show is that nothing grows without bound, and that all comes to rest.
//
// It knows no network and no disk: relays have processors, and queues before them.
package scale

import "time"

// Plan is what a region has, and what its people do.
type Plan struct {
	// Relays, and processors of each.
	Relays, Processors int
	// Devices in all, and messages a second that each sends.
	Devices int
	Rate    float64
	// Costs of processor time: a message that is written and delivered, one that is refused,
	// and a connection with its authentication and the first pull.
	Message, Refusal, Connect time.Duration
	// Backlog is how many connections wait for a relay to take them.
	Backlog int
	// Patience is how long a device waits for a connection before it gives up.
	Patience time.Duration
	// FirstRetry and LastRetry are what a device that was refused waits at least: twice as long
	// each time. Relays tell it when to come back by their own rule (package busy).
	FirstRetry, LastRetry time.Duration
	// FirstBackoff and LastBackoff bound what a device waits between two connections.
	FirstBackoff, LastBackoff time.Duration
}

// Happening is something that befalls a region.
type Happening struct {
	At time.Duration
	// Lost are relays that die.
	Lost int
	// Burst is a rate of messages for a time, from some devices, and BurstCost what it costs
	// to write one of them.
	Burst        float64
	BurstDevices int
	BurstCost    time.Duration
	BurstTime    time.Duration
}

// Outcome is the worst that was seen.
type Outcome struct {
	// MostWrites and MostConnects are the longest queues of a relay.
	MostWrites, MostConnects int
	// LongestWrite is the longest that a message which was taken had waited.
	LongestWrite time.Duration
	// Refused is how often a message was told to come back, GivenUp how often a device did
	// not get a connection in time.
	Refused, GivenUp int
	// MostUnsent is how many messages waited at devices at most.
	MostUnsent int
	// Back is how long after the last happening all devices were connected and nothing
	// waited; 0 if that did not come.
	Back time.Duration
}
