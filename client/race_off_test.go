//go:build !race

package client_test

// backlog is how many messages wait for a device that was away.
const backlog = 1000

// largeGap is more than two answers hold.
const largeGap = 1100
