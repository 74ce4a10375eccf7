package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/internal/relaybench"
)

// A small measurement ends by itself and measures everything.
func TestBenchRelay_MeasuresARelayOfItsOwn(t *testing.T) {
	t.Parallel()
	got := runParley(t, "", "bench", "relay", "--json", "--pairs", "2", "--messages", "200", "--members", "140",
		"--group-messages", "10", "--rate", "50", "--duration", "1s", "--queued", "100", "--idle", "20")
	if got.status != 0 {
		t.Fatalf("exit status %d: %s", got.status, got.errs)
	}
	results := map[relaybench.Job]relaybench.Result{}
	for line := range strings.Lines(got.out) {
		r := decode[relaybench.Result](t, line)
		results[r.Job] = r
		if r.Lost+r.Duplicated > 0 {
			t.Errorf("%s lost %d and duplicated %d", r.Job, r.Lost, r.Duplicated)
		}
	}
	for job, want := range map[relaybench.Job][2]int{
		relaybench.JobSaturate: {200, 200}, relaybench.JobDevices: {200, 600}, relaybench.JobGroup: {10, 1390},
		relaybench.JobRate: {50, 50}, relaybench.JobOffline: {100, 100},
	} {
		if r := results[job]; r.Messages != want[0] || r.Deliveries != want[1] {
			t.Errorf("%s: %+v", job, r)
		}
	}
	if r := results[relaybench.JobSaturate]; r.PerSecond <= 0 || r.MeanBytes < 150 {
		t.Errorf("saturate %+v", r)
	}
	if r := results[relaybench.JobRate]; r.P50 <= 0 || r.P99 < r.P50 || r.DeliveredP50 <= 0 {
		t.Errorf("rate %+v", r)
	}
	if r := results[relaybench.JobOverload]; r.Messages == 0 || r.OfferedPerSecond <= 0 || r.P50 <= 0 {
		t.Errorf("overload %+v", r)
	}
	if r := results[relaybench.JobOffline]; r.Seconds <= 0 {
		t.Errorf("offline %+v", r)
	}
	if r := results[relaybench.JobIdle]; r.Devices != 20 || r.BaseKiB <= 0 {
		t.Errorf("idle %+v", r)
	}
}

// TLS costs what it costs, and a profile says where the time goes.
func TestBenchRelay_SpeaksTLSAndWritesAProfile(t *testing.T) {
	t.Parallel()
	profile := filepath.Join(t.TempDir(), "relay.pprof")
	got := runParley(t, "", "bench", "relay", "--json", "--tls", "--cpu-profile", profile, "--job", "saturate", "--pairs", "1", "--messages", "100")
	if got.status != 0 {
		t.Fatalf("exit status %d: %s", got.status, got.errs)
	}
	if r := decode[relaybench.Result](t, got.out); r.Messages != 100 || r.Lost+r.Duplicated > 0 {
		t.Errorf("saturate %+v", r)
	}
	if b, err := os.ReadFile(profile); err != nil || len(b) < 2 || b[0] != 0x1f || b[1] != 0x8b { // gzip
		t.Errorf("the profile has %d bytes: %v", len(b), err)
	}
}

// Only relays on this machine are measured, and only by jobs that there are.
func TestBenchRelay_RefusesOtherMachines(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"https://chat.example.org", "http://192.0.2.1:8480", "http://[2001:db8::1]:8480"} {
		if got := runParley(t, "", "bench", "relay", "--url", url, "--data", t.TempDir()); got.status != 2 {
			t.Errorf("%s: %+v", url, got)
		}
	}
	if got := runParley(t, "", "bench", "relay", "--job", "nothing"); got.status != 2 {
		t.Errorf("an unknown job: %+v", got)
	}
}
