package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// metricName is what looks like a metric of ours in an expression of Prometheus.
var metricName = regexp.MustCompile(`\b(?:parley|process|go)_[a-z_]+\b`)

// dashboardExpressions are the queries of deploy/grafana-dashboard.json.
func dashboardExpressions(t *testing.T) []string {
	t.Helper()
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
		Templating struct{ List []struct{ Definition string } }
	}
	text, err := os.ReadFile("../../deploy/grafana-dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, panel := range dashboard.Panels {
		if len(panel.Targets) == 0 {
			t.Errorf("the panel %q shows nothing", panel.Title)
		}
		for _, target := range panel.Targets {
			all = append(all, target.Expr)
		}
	}
	for _, variable := range dashboard.Templating.List {
		if variable.Definition != "" {
			all = append(all, variable.Definition)
		}
	}
	return all
}

// alertExpressions are those of deploy/alerts.yml, each of which says what to do.
func alertExpressions(t *testing.T) []string {
	t.Helper()
	var rules struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	file, err := os.Open("../../deploy/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	decoder := yaml.NewDecoder(file)
	decoder.KnownFields(true)
	if err := decoder.Decode(&rules); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			if rule.Labels["severity"] == "" || rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" {
				t.Errorf("the alert %q does not say how bad it is and what to do", rule.Alert)
			}
			all = append(all, rule.Expr)
		}
	}
	return all
}

// manualMetrics are the metrics that docs/operations.md names.
func manualMetrics(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`\bparley_[a-z_]+\b`).FindAllString(string(text), -1)
}

// The manual, the dashboard and the alerts ask for metrics that a relay has.
func TestWatchedMetricsAreThere(t *testing.T) {
	relay := startRelay(t, t.TempDir())
	response, err := http.Get(relay.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	there := make(map[string]bool)
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(strings.TrimSpace(line), " "); name != "#" {
			there[name] = true
			if strings.HasPrefix(name, "process_") && value == "0" {
				t.Errorf("%s is 0", name)
			}
		}
	}
	for from, expressions := range map[string][]string{
		"operations.md": manualMetrics(t), "grafana-dashboard.json": dashboardExpressions(t), "alerts.yml": alertExpressions(t),
	} {
		if len(expressions) == 0 {
			t.Errorf("%s has no expressions", from)
		}
		for _, expression := range expressions {
			names := metricName.FindAllString(expression, -1)
			for _, name := range names {
				if !there[name] {
					t.Errorf("%s asks for %s, which the relay does not have", from, name)
				}
			}
			if len(names) == 0 && !strings.Contains(expression, "up{") {
				t.Errorf("%s asks for nothing of a relay: %s", from, expression)
			}
		}
	}
}

// A relay that listens is well; where nothing listens there is none.
func TestAdminHealth(t *testing.T) {
	relay := startRelay(t, t.TempDir())
	if status, out, stderr := command(t, "admin", "health", "--url", relay.url); status != exitDone || out != "ok\n" {
		t.Errorf("it ended with %d: %s %s", status, out, stderr)
	}
	relay.kill()
	if status, _, stderr := command(t, "admin", "health", "--url", relay.url); status != exitFailed || !strings.Contains(stderr, "does not answer") {
		t.Errorf("without a relay it ended with %d: %s", status, stderr)
	}
}
