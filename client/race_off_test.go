//go:build !race

package client_test

// backlog is how many messages wait for a device that was away.
const backlog = 1000
