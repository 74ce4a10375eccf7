// Package config is the relay's configuration: one struct, read from a TOML
// file over defaults that need no file. The documentation of each setting is
// the tag on its field, from which the sample file is made. It opens nothing
// but the file it is given.
package config

import (
	"fmt"
	"io"
	"time"

	"github.com/BurntSushi/toml"

	"parley/internal/relay"
	"parley/internal/relay/retention"
)

// Config is everything an operator may set.
type Config struct {
	Listen      string `toml:"listen" doc:"Where the relay listens: address and port. Put a TLS proxy before it, or use it on one machine."`
	BehindProxy bool   `toml:"behind_proxy" doc:"Take the client's address from X-Forwarded-For. Set it only if nothing but your proxy reaches the relay."`
	Data        string `toml:"data" doc:"The folder with the database. Empty means 'parley' in the user's data folder."`

	TLS          TLS          `toml:"tls"`
	Log          Log          `toml:"log"`
	Registration Registration `toml:"registration"`
	SMTP         SMTP         `toml:"smtp"`
	Twilio       Twilio       `toml:"twilio"`
	Webhook      Webhook      `toml:"webhook"`
	Storage      Storage      `toml:"storage"`
	Bus          Bus          `toml:"bus"`
	Media        Media        `toml:"media"`
	S3           S3           `toml:"s3"`
	Push         Push         `toml:"push"`
	Previews     Previews     `toml:"previews"`
	Limits       Limits       `toml:"limits"`
}

// TLS is how the relay speaks https itself, where no proxy does it.
type TLS struct {
	Certificate   string `toml:"certificate" doc:"PEM file with the certificate and those above it. With 'key' the relay speaks https; files that are renewed are read again by themselves."`
	Key           string `toml:"key" doc:"PEM file with the certificate's key."`
	ACMEDomains   string `toml:"acme_domains" doc:"Names, separated by commas, for which certificates are got and renewed by themselves, instead of 'certificate'. It means that you agree to the terms of the authority."`
	ACMEEmail     string `toml:"acme_email" doc:"Where the authority writes about trouble."`
	ACMEDirectory string `toml:"acme_directory" doc:"The authority's address; empty means Let's Encrypt."`
	HTTPListen    string `toml:"http_listen" doc:"Where people are sent from http to https, and where the authority asks: ':80'. Empty does neither; then the authority asks at 'listen', which must be reached on port 443."`
}

// Log is how the relay writes its log, which goes to the standard error output.
type Log struct {
	Level  string `toml:"level" doc:"debug, info, warn or error."`
	Format string `toml:"format" doc:"text or json."`
}

// Registration is who gets an account, and how codes reach them.
type Registration struct {
	InvitationOnly bool   `toml:"invitation_only" doc:"Register only with codes from 'parley admin invite'."`
	Sender         string `toml:"sender" doc:"How codes are sent: console (printed where the relay runs), smtp, twilio or webhook. The last two send short messages; their tables are below."`
}

// SMTP is the mail server, for sender = "smtp" and for mail to recovery addresses.
type SMTP struct {
	Host     string `toml:"host" doc:"Name of the mail server. Whichever sender brings the codes, people can have a recovery address for their PIN if this is set."`
	Port     int    `toml:"port" doc:"Port of the mail server: 587 for STARTTLS, 465 for implicit TLS."`
	TLS      string `toml:"tls" doc:"required (STARTTLS), implicit or none."`
	Username string `toml:"username" doc:"Empty sends without authentication."`
	Password string `toml:"password" doc:"Keep this file readable by the relay alone if you set it."`
	From     string `toml:"from" doc:"The sender's mail address."`
	To       string `toml:"to" doc:"The recipient of registration codes: {phone} is the number with +, {digits} without; {digits}@sms.example.org for a gateway to SMS."`
}

// Twilio is the SMS gateway for sender = "twilio".
type Twilio struct {
	BaseURL             string `toml:"base_url" doc:"Where the service is; another one that speaks like Twilio's Messages resource will do."`
	AccountSID          string `toml:"account_sid" doc:"The account's SID."`
	AuthToken           string `toml:"auth_token" doc:"Keep this file readable by the relay alone if you set it."`
	From                string `toml:"from" doc:"The number that sends, with +; or leave it empty and set ..."`
	MessagingServiceSID string `toml:"messaging_service_sid" doc:"... the messaging service that chooses one."`
}

// Webhook is the template of the request for sender = "webhook".
type Webhook struct {
	Method  string `toml:"method" doc:"POST, PUT or GET. An answer from 200 to 299 means that the code is on its way."`
	URL     string `toml:"url" doc:"The address. Here and in the body {phone} is the number with +, {digits} without, {code} the code, {text} a sentence with it; each is escaped as its place needs."`
	Headers string `toml:"headers" doc:"Lines 'Name: value', separated by \\n. Content-Type says how the body is escaped: application/json, application/x-www-form-urlencoded, or text/plain, which is not."`
	Body    string `toml:"body" doc:"The body. In JSON write placeholders inside quotes."`
}

// Bus is how several relays on one database reach each other.
type Bus struct {
	Bus         string `toml:"bus" doc:"local: this relay is alone on its database. nats: several relays share a PostgreSQL database, and wake each other over a NATS server."`
	NATS        string `toml:"nats" doc:"For bus = nats: the servers' addresses, separated by commas, as nats://[USER:PASSWORD@]HOST[:PORT], or tls:// where only TLS will do. Keep this file readable by the relay alone if a password is in it."`
	Credentials string `toml:"credentials" doc:"A file with the credentials (JWT and seed) that the NATS server's operator gives out; empty for none."`
	Authorities string `toml:"authorities" doc:"PEM file with the authorities that the servers' certificates may be of; empty means the system's."`
	Certificate string `toml:"certificate" doc:"PEM file with the certificate that this relay shows to the servers, with 'key'; empty for none."`
	Key         string `toml:"key" doc:"PEM file with the certificate's key."`
}

// Storage is about the database.
type Storage struct {
	Store    string `toml:"store" doc:"Where the data are: sqlite, a database in the data folder, or postgres, a database of a PostgreSQL server of version 15 or later."`
	Postgres string `toml:"postgres" doc:"For store = postgres: how to connect, as postgres://USER:PASSWORD@HOST/DATABASE, or as host=HOST user=USER dbname=DATABASE. Keep this file readable by the relay alone if a password is in it."`
	MaxBytes int64  `toml:"max_bytes" doc:"For store = sqlite: largest size of the database in bytes; 0 means as large as the disk."`
	Check    bool   `toml:"check" doc:"For store = sqlite: read the whole database when the relay starts, and stop if a byte of it cannot be right."`
}

// Media is about the encrypted files that people send each other.
type Media struct {
	Blobs         string `toml:"blobs" doc:"Where they are: dir, a folder, or s3, a bucket; its table is below."`
	Folder        string `toml:"folder" doc:"For blobs = dir: the folder for them. Empty means 'media' in the data folder."`
	MaxBytes      int64  `toml:"max_bytes" doc:"Largest file in bytes, encrypted, which is a little more than it was; 0 takes no files at all."`
	AccountBytes  int64  `toml:"account_bytes" doc:"Bytes that the files sent from one account may take; they count until they are deleted."`
	KeepFreeBytes int64  `toml:"keep_free_bytes" doc:"For blobs = dir: bytes of the disk that files leave free, so that messages always have room."`
	Days          int    `toml:"days" doc:"Days after which a file is deleted that nobody has fetched meanwhile."`
}

// S3 is the bucket for blobs = "s3".
type S3 struct {
	Endpoint    string `toml:"endpoint" doc:"Address of the server, as https://s3.eu-central-1.amazonaws.com or http://127.0.0.1:9000."`
	Bucket      string `toml:"bucket" doc:"Name of the bucket, which must be there. Nobody else needs to read it."`
	Region      string `toml:"region" doc:"Region of the bucket; most servers of your own take this one."`
	Prefix      string `toml:"prefix" doc:"What the names of all objects begin with, such as parley/, if the bucket has something else in it, too."`
	PathStyle   bool   `toml:"path_style" doc:"Ask for https://HOST/BUCKET, as most servers of your own want it, and not for https://BUCKET.HOST."`
	Credentials string `toml:"credentials" doc:"File with aws_access_key_id and aws_secret_access_key below [default]; let the relay alone read it. Empty takes AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY from the environment."`
}

// Push is about waking phones and browsers in which the app is closed.
type Push struct {
	Enabled         bool   `toml:"enabled" doc:"Wake devices through the push services of their browsers. A service learns that there is something and when, not what nor from whom."`
	Contact         string `toml:"contact" doc:"Where push services can ask about this relay: mailto:you@example.org or an https address. Some, like Apple's, take nothing from a relay without."`
	IntervalSeconds int    `toml:"interval_seconds" doc:"Seconds that a device is left alone after it has been woken."`
}

// Previews is about previews of links.
type Previews struct {
	Enabled bool `toml:"enabled" doc:"Ask pages for the title and picture of links that people are about to send. The relay learns those addresses and the pages see the relay's; addresses inside of networks are never asked."`
}

// Limits hold what the relay allows each device, number and address.
type Limits struct {
	LinkedDevices         int `toml:"linked_devices" doc:"Devices an account may have beside its primary."`
	SendsPerSecond        int `toml:"sends_per_second" doc:"Messages a second a device may send, and ..."`
	SendBurst             int `toml:"send_burst" doc:"... how many at once."`
	CallsPerSecond        int `toml:"calls_per_second" doc:"Requests a second on one connection, and ..."`
	CallBurst             int `toml:"call_burst" doc:"... how many at once."`
	LookUpsPerMinute      int `toml:"look_ups_per_minute" doc:"Phone numbers a device may look up a minute."`
	LinksPerHour          int `toml:"links_per_hour" doc:"Linking codes an account may scan an hour."`
	CodesPerNumber        int `toml:"codes_per_number" doc:"Registration codes a number gets an hour, and mails an account causes."`
	CodesPerAddress       int `toml:"codes_per_address" doc:"Registration codes that can be asked for from one address an hour."`
	PINChecks             int `toml:"pin_checks" doc:"PINs that are checked at the same time; each takes 64 MiB of memory for a moment."`
	EntryDays             int `toml:"entry_days" doc:"Days that a message waits for a device that does not fetch it."`
	PrimarySilentDays     int `toml:"primary_silent_days" doc:"Days a primary may be silent before all its linked devices are logged out: a phone that was lost must not leave them signed in."`
	PrimaryWarnDays       int `toml:"primary_warn_days" doc:"Days of a primary's silence after which its person is warned of that on all devices."`
	LinkedUnusedDays      int `toml:"linked_unused_days" doc:"Days a linked device may be unused before it is logged out: nobody watches a device that lies in a drawer."`
	LinkedWarnDays        int `toml:"linked_warn_days" doc:"Days without use after which the account's devices are warned of that."`
	Connections           int `toml:"connections" doc:"Connections at the same time; nine tenths of the files that the process may open, if that is less."`
	ConnectionsPerAddress int `toml:"connections_per_address" doc:"Connections of one address that have not said which device they are."`
	IdleSeconds           int `toml:"idle_seconds" doc:"Seconds after which a connection is closed that has not signed in."`
}

const day = 24 * time.Hour

func days(d time.Duration) int { return int(d / day) }

// DefaultConfig returns the configuration that works without a file.
func DefaultConfig() Config {
	s := relay.DefaultSettings()
	return Config{
		Listen:       "127.0.0.1:8480",
		Log:          Log{Level: "info", Format: "text"},
		Registration: Registration{Sender: "console"},
		SMTP:         SMTP{Port: 587, TLS: "required"},
		Twilio:       Twilio{BaseURL: "https://api.twilio.com"},
		Webhook: Webhook{
			Method: "POST", Headers: "Content-Type: application/json", Body: `{"to": "{phone}", "text": "{text}"}`,
		},
		Storage: Storage{Store: "sqlite", Check: true},
		Bus:     Bus{Bus: "local"},
		Media: Media{
			Blobs: "dir", MaxBytes: s.MediaBytes, AccountBytes: s.MediaAccountBytes, KeepFreeBytes: s.MediaKeepFree, Days: days(s.MediaLifetime),
		},
		S3:       S3{Region: "us-east-1"},
		Push:     Push{Enabled: true, IntervalSeconds: int(s.PushInterval / time.Second)},
		Previews: Previews{Enabled: true},
		Limits: Limits{
			LinkedDevices: s.LinkedDevices, SendsPerSecond: s.SendsPerSecond, SendBurst: s.SendBurst,
			CallsPerSecond: s.CallsPerSecond, CallBurst: s.CallBurst, LookUpsPerMinute: s.LookUpsPerMinute,
			LinksPerHour: s.LinksPerHour, CodesPerNumber: s.CodesPerNumber, CodesPerAddress: s.CodesPerAddress,
			PINChecks:         s.PINChecks,
			EntryDays:         days(s.EntryLifetime),
			PrimarySilentDays: days(s.Rules.PrimarySilence), PrimaryWarnDays: days(s.Rules.PrimaryWarning),
			LinkedUnusedDays: days(s.Rules.LinkedUnused), LinkedWarnDays: days(s.Rules.LinkedWarning),
			Connections: s.Connections, ConnectionsPerAddress: s.ConnectionsPerAddress,
			IdleSeconds: int(s.IdleTimeout / time.Second),
		},
	}
}

// Read reads a TOML file over the defaults. The error names every unknown
// setting and every value that cannot be.
func Read(from io.Reader) (Config, error) {
	c := DefaultConfig()
	meta, err := toml.NewDecoder(from).Decode(&c)
	if err != nil {
		return Config{}, fmt.Errorf("read the configuration: %w", err)
	}
	var problems []error
	for _, key := range meta.Undecoded() {
		problems = append(problems, fmt.Errorf("%s is not a setting", key))
	}
	return c, c.validate(problems)
}

// Settings returns the relay's part.
func (c Config) Settings() relay.Settings {
	s := relay.DefaultSettings()
	l := c.Limits
	s.InvitationOnly, s.LinkedDevices = c.Registration.InvitationOnly, l.LinkedDevices
	s.SendsPerSecond, s.SendBurst = l.SendsPerSecond, l.SendBurst
	s.CallsPerSecond, s.CallBurst = l.CallsPerSecond, l.CallBurst
	s.LookUpsPerMinute, s.LinksPerHour = l.LookUpsPerMinute, l.LinksPerHour
	s.CodesPerNumber, s.CodesPerAddress = l.CodesPerNumber, l.CodesPerAddress
	s.PINChecks = l.PINChecks
	s.EntryLifetime = day * time.Duration(l.EntryDays)
	s.Rules = retention.Rules{
		PrimarySilence: day * time.Duration(l.PrimarySilentDays), PrimaryWarning: day * time.Duration(l.PrimaryWarnDays),
		LinkedUnused: day * time.Duration(l.LinkedUnusedDays), LinkedWarning: day * time.Duration(l.LinkedWarnDays),
	}
	s.MediaBytes, s.MediaAccountBytes = c.Media.MaxBytes, c.Media.AccountBytes
	s.MediaKeepFree, s.MediaLifetime = c.Media.KeepFreeBytes, day*time.Duration(c.Media.Days)
	s.PushInterval = time.Duration(c.Push.IntervalSeconds) * time.Second
	s.Connections, s.ConnectionsPerAddress = l.Connections, l.ConnectionsPerAddress
	s.IdleTimeout = time.Duration(l.IdleSeconds) * time.Second
	return s
}
