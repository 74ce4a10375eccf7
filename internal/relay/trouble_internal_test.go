package relay

import (
	"testing"
	"time"
)

// A thousand requests that meet a full disk are a line of the log, and then one each ten
// seconds that says how many there were.
func TestTroubleIsToldOnceInAWhile(t *testing.T) {
	var full trouble
	now := time.Unix(1_800_000_000, 0)
	told := 0
	for range 1000 {
		if _, tell := full.met(now); tell {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the log was told %d times, want once", told)
	}
	if missed, tell := full.met(now.Add(troublePeriod)); !tell || missed != 999 {
		t.Errorf("later it is told %v, of %d more; want of 999", tell, missed)
	}
}
