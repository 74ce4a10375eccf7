package cli_test

import (
	"testing"

	"parley/internal/relaybench"
)

// A small measurement ends by itself and measures everything.
func TestBenchRelay_MeasuresARelayOfItsOwn(t *testing.T) {
	t.Parallel()
	got := runParley(t, "", "bench", "relay", "--json",
		"--pairs", "2", "--messages", "200", "--rate", "50", "--duration", "1s", "--queued", "100", "--idle", "20")
	if got.status != 0 {
		t.Fatalf("exit status %d: %s", got.status, got.errs)
	}
	r := decode[relaybench.Report](t, got.out)
	if r.Saturation.Messages != 200 || r.Saturation.PerSecond <= 0 || r.Saturation.MeanBytes < 150 {
		t.Errorf("saturation %+v", r.Saturation)
	}
	if r.Latency.Acknowledged.P50 <= 0 || r.Latency.Delivered.P99 < r.Latency.Delivered.P50 {
		t.Errorf("latency %+v", r.Latency)
	}
	if r.Pull.Messages != 100 || r.Pull.Seconds <= 0 || r.Idle.Devices != 20 || r.Idle.BaseBytes <= 0 {
		t.Errorf("pull %+v, idle %+v", r.Pull, r.Idle)
	}
}

// Only relays on this machine are measured.
func TestBenchRelay_RefusesOtherMachines(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"https://chat.example.org", "http://192.0.2.1:8480", "http://[2001:db8::1]:8480"} {
		if got := runParley(t, "", "bench", "relay", "--relay", url, "--data", t.TempDir()); got.status != 2 {
			t.Errorf("%s: %+v", url, got)
		}
	}
}
