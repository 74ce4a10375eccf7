package relay_test

import (
	"bytes"
	"os"
	"regexp"
	"testing"
)

// What operations.md says to watch is there.
func TestMetricsOfTheManualExist(t *testing.T) {
	w := newWorld(t)
	manual, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	var metrics bytes.Buffer
	if err := w.metrics.WriteText(&metrics); err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`parley_[a-z_]+`).FindAllString(string(manual), -1)
	if len(names) == 0 {
		t.Fatal("the manual names no metric")
	}
	for _, name := range names {
		if !bytes.Contains(metrics.Bytes(), []byte("\n"+name+" ")) {
			t.Errorf("there is no metric %s", name)
		}
	}
}
