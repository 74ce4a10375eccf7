package bus_test

import (
	"testing"

	"parley/internal/bus"
	"parley/internal/bus/bustest"
)

func TestConformance(t *testing.T) {
	bustest.Run(t, func(_ *testing.T, n int) []bus.Bus {
		local := new(bus.Local)
		members := make([]bus.Bus, n)
		for i := range members {
			members[i] = local.Join()
		}
		return members
	})
}
