package config_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/internal/config"
	"parley/internal/relay"
)

// The sample file says exactly what holds without a file.
func TestSampleIsTheDefault(t *testing.T) {
	var sample bytes.Buffer
	if err := config.WriteSample(&sample, config.DefaultConfig()); err != nil {
		t.Fatal(err)
	}
	read, err := config.Read(&sample)
	if err != nil {
		t.Fatal(err)
	}
	if read != config.DefaultConfig() {
		t.Errorf("the sample reads as %+v", read)
	}
}

func TestEverySettingIsDocumented(t *testing.T) {
	var check func(table reflect.Type)
	check = func(table reflect.Type) {
		for i := range table.NumField() {
			field := table.Field(i)
			if field.Type.Kind() == reflect.Struct {
				check(field.Type)
			} else if field.Tag.Get("doc") == "" || field.Tag.Get("toml") == "" {
				t.Errorf("%s.%s has no documentation or no name", table.Name(), field.Name)
			}
		}
	}
	check(reflect.TypeFor[config.Config]())
}

// Without a file the relay has its own defaults.
func TestDefaultSettings(t *testing.T) {
	if got := config.DefaultConfig().Settings(); got != relay.DefaultSettings() {
		t.Errorf("the settings are %+v", got)
	}
	if err := config.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
}

func TestRead(t *testing.T) {
	c, err := config.Read(strings.NewReader("listen = \"0.0.0.0:80\"\n[limits]\nentry_days = 3\nprimary_silent_days = 21\n[registration]\ninvitation_only = true\n"))
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Settings(); c.Listen != "0.0.0.0:80" || s.EntryLifetime != 72*time.Hour || s.Rules.PrimarySilence != 21*24*time.Hour || !s.InvitationOnly || s.LinkedDevices != 4 {
		t.Errorf("read %+v", c)
	}
}

// Several relays need a database that they share, a folder of media that they share, and servers.
func TestBus(t *testing.T) {
	const good = "[storage]\nstore = \"postgres\"\npostgres = \"host=a\"\n[media]\nfolder = \"/shared\"\n[bus]\nbus = \"nats\"\n"
	for _, addresses := range []string{"nats://127.0.0.1:4222", "tls://user:secret@nats.example.org, nats://10.0.0.2"} {
		if _, err := config.Read(strings.NewReader(good + "nats = \"" + addresses + "\"\n")); err != nil {
			t.Errorf("%s was refused: %v", addresses, err)
		}
	}
	for file, problem := range map[string]string{
		good: "bus.nats", good + `nats = "127.0.0.1:4222"`: "bus.nats", good + `nats = "http://nats"`: "bus.nats", good + `nats = "nats://a,"`: "bus.nats",
		good + "nats = \"nats://a\"\ncertificate = \"a.pem\"":                             "bus.key",
		"[bus]\nbus = \"pigeons\"":                                                        "bus.bus",
		"[bus]\nbus = \"nats\"\nnats = \"nats://a\"":                                      "storage.store",
		"[bus]\nnats = \"nats://a\"":                                                      "bus.nats",
		strings.Replace(good, "folder = \"/shared\"", "", 1) + `nats = "nats://secret@a"`: "media.folder",
	} {
		_, err := config.Read(strings.NewReader(file))
		if err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%s is not among the problems of\n%s\n%v", problem, file, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error has the password: %v", err)
		}
	}
}

// Every problem is told at once.
func TestProblems(t *testing.T) {
	_, err := config.Read(strings.NewReader(`
listen = "nowhere"
colour = "blue"
[log]
level = "loud"
format = "xml"
[registration]
sender = "smtp"
[smtp]
tls = "maybe"
port = 0
[limits]
send_burst = 0
linked_devices = -1
primary_silent_days = 0
linked_warn_days = 30
sends = 3
[storage]
max_bytes = -1
store = "paper"
postgres = "host=secret-host"
[media]
max_bytes = -1
account_bytes = -2
keep_free_bytes = -1
days = 0
blobs = "cloud"
folder = "/srv/media"
[s3]
bucket = "media"
`))
	if err == nil {
		t.Fatal("the configuration was taken")
	}
	for _, problem := range []string{
		"listen", "colour", "log.level", "log.format", "smtp.host", "smtp.from", "smtp.to", "smtp.tls", "smtp.port",
		"limits.send_burst", "limits.linked_devices", "limits.primary_silent_days", "limits.primary_warn_days", "limits.linked_warn_days", "limits.sends", "storage.max_bytes", "storage.store", "storage.postgres",
		"media.max_bytes", "media.account_bytes", "media.keep_free_bytes", "media.days", "media.blobs", "media.folder", "s3.bucket",
	} {
		if !strings.Contains(err.Error(), problem) {
			t.Errorf("%s is not among the problems:\n%v", problem, err)
		}
	}
	for sender, problems := range map[string][]string{
		"twilio":  {"twilio.account_sid", "twilio.auth_token", "twilio.from"},
		"webhook": {"webhook.url"},
		"pigeon":  {"registration.sender"},
	} {
		_, err := config.Read(strings.NewReader("[registration]\nsender = \"" + sender + "\"\n"))
		for _, problem := range problems {
			if err == nil || !strings.Contains(err.Error(), problem) {
				t.Errorf("%s is not among the problems of %s:\n%v", problem, sender, err)
			}
		}
	}
	_, err = config.Read(strings.NewReader("[media]\nblobs = \"s3\"\n[s3]\nendpoint = \"https://user:hidden-secret@host\"\nbucket = \"a/b\"\nregion = \"\"\nprefix = \"/x\""))
	for _, problem := range []string{"s3.endpoint", "s3.bucket", "s3.region", "s3.prefix"} {
		if err == nil || !strings.Contains(err.Error(), problem) || strings.Contains(err.Error(), "hidden-secret") {
			t.Errorf("%s is not among the problems of S3, or a secret is:\n%v", problem, err)
		}
	}
	// A mail server beside another sender is for recovery addresses.
	if _, err := config.Read(strings.NewReader("[smtp]\nhost = \"mail.example.org\"")); err == nil || !strings.Contains(err.Error(), "smtp.from") {
		t.Errorf("a mail server without a sender's address: %v", err)
	}
	if _, err := config.Read(strings.NewReader("[smtp]\nhost = \"mail.example.org\"\nfrom = \"a@example.org\"")); err != nil {
		t.Errorf("a mail server for recovery addresses: %v", err)
	}
	if _, err := config.Read(strings.NewReader("listen = ")); err == nil {
		t.Error("a file that is not TOML was taken")
	}
}
