package relay

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// A thousand requests that meet a full disk are a line, and then one each ten seconds.
func TestTroubleIsToldOnceInAWhile(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	var full trouble
	now := time.Unix(1_800_000_000, 0)
	for range 1000 {
		full.report(now, log, "storage cannot be written", errors.New("no room"))
	}
	if n := strings.Count(out.String(), "\n"); n != 1 {
		t.Fatalf("the log has %d lines, want 1", n)
	}
	full.report(now.Add(troublePeriod), log, "storage cannot be written", errors.New("no room"))
	if !strings.Contains(out.String(), "more_since=999") {
		t.Errorf("the log does not tell how often it happened:\n%s", &out)
	}
}
