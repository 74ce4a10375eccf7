package obs_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"parley/ident"
	"parley/internal/obs"
)

func TestWriteText(t *testing.T) {
	var r obs.Registry
	r.Gauge("b_things", "Things there are.", func() float64 { return 2.5 })
	c := r.Counter("a_total", "Things that happened.")
	c.Inc()
	c.Add(4)
	var out bytes.Buffer
	if err := r.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	want := "# HELP a_total Things that happened.\n# TYPE a_total counter\na_total 5\n" +
		"# HELP b_things Things there are.\n# TYPE b_things gauge\nb_things 2.5\n"
	if out.String() != want {
		t.Errorf("wrote\n%swant\n%s", out.String(), want)
	}
}

func TestLogger(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		log, err := obs.NewLogger(&out, "warn", format)
		if err != nil {
			t.Fatal(err)
		}
		log.Info("not shown")
		log.Warn("shown", slog.Any("phone", ident.Phone("+32470123456")))
		if s := out.String(); strings.Contains(s, "not shown") || !strings.Contains(s, "shown") || strings.Contains(s, "470123456") {
			t.Errorf("%s: logged %q", format, s)
		}
	}
	if _, err := obs.NewLogger(nil, "loud", "text"); err == nil {
		t.Error("an unknown level was taken")
	}
	if _, err := obs.NewLogger(nil, "info", "xml"); err == nil {
		t.Error("an unknown format was taken")
	}
}

// What the process uses is told under the names that dashboards know.
func TestRegisterProcess(t *testing.T) {
	var r obs.Registry
	obs.RegisterProcess(&r)
	var out bytes.Buffer
	if err := r.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "# TYPE process_cpu_seconds_total counter\n") || strings.Contains(out.String(), "\ngo_goroutines 0\n") {
		t.Errorf("wrote\n%s", out.String())
	}
}
