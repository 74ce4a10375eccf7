//go:build race

package client_test

// backlog is how many messages wait for a device that was away: enough for the race
// detector, which makes each ten times as dear.
const backlog = 200

// largeGap is more than one answer holds.
const largeGap = 550
