package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// Validate returns every problem of the configuration, joined, or nil.
func (c Config) Validate() error { return c.validate(nil) }

func (c Config) validate(problems []error) error {
	add := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	_, _, err := net.SplitHostPort(c.Listen)
	add(err == nil, "listen must be an address and a port like 127.0.0.1:8480, not %q", c.Listen)
	add(slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level),
		"log.level must be debug, info, warn or error, not %q", c.Log.Level)
	add(slices.Contains([]string{"text", "json"}, c.Log.Format), "log.format must be text or json, not %q", c.Log.Format)
	add(slices.Contains([]string{"console", "smtp", "twilio", "webhook"}, c.Registration.Sender),
		"registration.sender must be console, smtp, twilio or webhook, not %q", c.Registration.Sender)
	c.Storage.validate(add)
	c.Bus.validate(add)
	add(c.Bus.Bus != "nats" || c.Storage.Store == "postgres", "bus.bus = \"nats\" is for several relays on one database: set storage.store = \"postgres\"")
	add(c.Bus.Bus != "nats" || c.Media.MaxBytes == 0 || c.Media.Blobs != "dir" || c.Media.Folder != "",
		"media.folder is missing: with bus.bus = \"nats\" it must be a folder that all relays share, or set media.blobs = \"s3\"")
	c.TLS.validate(add)
	switch c.Registration.Sender {
	case "smtp":
		add(c.SMTP.Host != "", "smtp.host is missing")
		add(c.SMTP.To != "", "smtp.to is missing")
		c.SMTP.validate(add)
	case "twilio":
		c.Twilio.validate(add)
	case "webhook":
		add(c.Webhook.URL != "", "webhook.url is missing")
	}
	if c.SMTP.Host != "" && c.Registration.Sender != "smtp" {
		c.SMTP.validate(add)
	}
	c.Media.validate(add)
	c.S3.validate(add, c.Media.Blobs == "s3")
	c.Push.validate(add)
	c.Limits.validate(add)
	return errors.Join(problems...)
}

func (t TLS) validate(add func(bool, string, ...any)) {
	add((t.Certificate == "") == (t.Key == ""), "set both tls.certificate and tls.key, or none")
	add(t.Certificate == "" || t.ACMEDomains == "", "set tls.certificate or tls.acme_domains, not both")
	add(t.HTTPListen == "" || t.Enabled(), "tls.http_listen is set, but neither tls.certificate nor tls.acme_domains is")
	for _, name := range t.Domains() {
		add(name != "" && !strings.ContainsAny(name, " /:*"), "tls.acme_domains must be names like chat.example.org, not %q", name)
	}
	if t.HTTPListen != "" {
		_, _, err := net.SplitHostPort(t.HTTPListen)
		add(err == nil, "tls.http_listen must be an address and a port like :80, not %q", t.HTTPListen)
	}
}

// Enabled reports whether the relay speaks https.
func (t TLS) Enabled() bool { return t.Certificate != "" || t.ACMEDomains != "" }

// Domains are the names of ACMEDomains.
func (t TLS) Domains() []string {
	if t.ACMEDomains == "" {
		return nil
	}
	names := strings.Split(t.ACMEDomains, ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names
}

func (s Storage) validate(add func(bool, string, ...any)) {
	add(slices.Contains([]string{"sqlite", "postgres"}, s.Store), "storage.store must be sqlite or postgres, not %q", s.Store)
	add(s.MaxBytes >= 0, "storage.max_bytes must not be below 0")
	if s.Store == "postgres" {
		add(s.Postgres != "", "storage.postgres is missing: how to connect to the database")
		add(s.MaxBytes == 0, "storage.max_bytes bounds store = \"sqlite\" only; leave it at 0")
	} else {
		add(s.Postgres == "", "storage.postgres is set, but storage.store is not \"postgres\"")
	}
}

func (b Bus) validate(add func(bool, string, ...any)) {
	add(slices.Contains([]string{"local", "nats"}, b.Bus), "bus.bus must be local or nats, not %q", b.Bus)
	add((b.Certificate == "") == (b.Key == ""), "set both bus.certificate and bus.key, or none")
	if b.Bus == "nats" {
		add(b.hasAddresses(), "bus.nats must be addresses like nats://127.0.0.1:4222, separated by commas")
	} else {
		add(b.NATS == "", "bus.nats is set, but bus.bus is not \"nats\"")
	}
}

// hasAddresses reports whether NATS is a list of addresses.
func (b Bus) hasAddresses() bool {
	for address := range strings.SplitSeq(b.NATS, ",") {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(address), "://")
		if rest == "" || scheme != "nats" && scheme != "tls" {
			return false
		}
	}
	return true
}

func (s SMTP) validate(add func(bool, string, ...any)) {
	add(s.From != "", "smtp.from is missing")
	add(s.Port > 0 && s.Port < 1<<16, "smtp.port must be from 1 to 65535, not %d", s.Port)
	add(slices.Contains([]string{"required", "implicit", "none"}, s.TLS),
		"smtp.tls must be required, implicit or none, not %q", s.TLS)
}

func (t Twilio) validate(add func(bool, string, ...any)) {
	add(t.AccountSID != "", "twilio.account_sid is missing")
	add(t.AuthToken != "", "twilio.auth_token is missing")
	add((t.From == "") != (t.MessagingServiceSID == ""), "set one of twilio.from and twilio.messaging_service_sid")
}

func (m Media) validate(add func(bool, string, ...any)) {
	add(slices.Contains([]string{"dir", "s3"}, m.Blobs), "media.blobs must be dir or s3, not %q", m.Blobs)
	add(m.Folder == "" || m.Blobs == "dir", "media.folder is set, but media.blobs is not \"dir\"")
	add(m.MaxBytes >= 0, "media.max_bytes must not be below 0")
	add(m.AccountBytes >= m.MaxBytes, "media.account_bytes must not be below max_bytes: nobody could send such a file")
	add(m.KeepFreeBytes >= 0, "media.keep_free_bytes must not be below 0")
	add(m.Days >= 1, "media.days must be at least 1, not %d", m.Days)
}

func (s S3) validate(add func(bool, string, ...any), used bool) {
	if !used {
		add(s.Bucket == "" && s.Endpoint == "", "s3.bucket or s3.endpoint is set, but media.blobs is not \"s3\"")
		return
	}
	address, err := url.Parse(s.Endpoint)
	add(err == nil && (address.Scheme == "https" || address.Scheme == "http") && address.Host != "" && strings.Trim(address.Path, "/") == "" && address.User == nil && address.RawQuery == "",
		"s3.endpoint must be an address like https://s3.example.org, without a path")
	add(s.Bucket != "" && !strings.ContainsAny(s.Bucket, "/ "), "s3.bucket must be the name of a bucket, not %q", s.Bucket)
	add(s.Region != "", "s3.region is missing: us-east-1 suits most servers of your own")
	add(!strings.HasPrefix(s.Prefix, "/"), "s3.prefix must not begin with /")
}

func (p Push) validate(add func(bool, string, ...any)) {
	known := p.Contact == "" || strings.HasPrefix(p.Contact, "mailto:") || strings.HasPrefix(p.Contact, "https://")
	add(known, "push.contact must begin with mailto: or https://, not be %q", p.Contact)
	add(p.IntervalSeconds >= 1, "push.interval_seconds must be at least 1, not %d", p.IntervalSeconds)
}

// validate holds every limit to being at least 1; only an account without
// linked devices is possible.
func (l Limits) validate(add func(bool, string, ...any)) {
	v := reflect.ValueOf(l)
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("toml")
		lowest := int64(1)
		if name == "linked_devices" {
			lowest = 0
		}
		add(v.Field(i).Int() >= lowest, "limits.%s must be at least %d, not %d", name, lowest, v.Field(i).Int())
	}
	add(l.PrimaryWarnDays < l.PrimarySilentDays, "limits.primary_warn_days must be below primary_silent_days, not %d", l.PrimaryWarnDays)
	add(l.LinkedWarnDays < l.LinkedUnusedDays, "limits.linked_warn_days must be below linked_unused_days, not %d", l.LinkedWarnDays)
}
