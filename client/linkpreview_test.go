package client_test

import (
	"testing"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
)

// X2: a preview is got through the relay, goes with the message, also when it is handed
// on, and goes when the address does; what is not a preview of a link in the text is not
// sent.
func TestX2_LinkPreview(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a, b := r.NewDevice("Alice"), r.NewDevice("Bob")
	a.Register(alice)
	b.Register(bob)
	a.Send(bob, "hello")
	b.WantTexts(alice, []string{"hello"})
	page := Call(a, api.FetchLinkPreview, api.LinkURL{URL: Page})
	if page.Title != "Tea" || page.Description != "All kinds" || page.Picture == "" {
		t.Fatalf("the page says %+v", page)
	}
	if none := Call(a, api.FetchLinkPreview, api.LinkURL{URL: "https://none.example/"}); none.Title != "" {
		t.Errorf("another page says %+v", none)
	}
	_, err := Try(a, api.FetchLinkPreview, api.LinkURL{URL: "file:///etc/passwd"})
	wantCode(t, err, "bad_params")

	chat := chatOf(a, bob).ID
	sent := Call(a, api.Send, api.SendParams{ChatID: chat, Text: "see " + Page, Preview: &page})
	if sent.Preview == nil || *sent.Preview != page {
		t.Errorf("sent with %+v", sent.Preview)
	}
	Call(a, api.Send, api.SendParams{ChatID: chat, Text: "see https://bank.example/", Preview: &page})
	Call(a, api.Forward, api.ForwardParams{IDs: []string{sent.ID}, ChatIDs: []string{chat}})
	texts := []string{"hello", "see " + Page, "see https://bank.example/", "see " + Page}
	b.WantTexts(alice, texts)
	got := b.Messages(alice)
	if p := got[1].Preview; p == nil || *p != page {
		t.Errorf("Bob sees %+v", p)
	}
	if p := got[2].Preview; p != nil {
		t.Errorf("a preview of another page came: %+v", p)
	}
	if p := got[3].Preview; p == nil || *p != page || !got[3].Forwarded {
		t.Errorf("handed on it has %+v", p)
	}
	Call(a, api.Edit, api.EditParams{ID: sent.ID, Text: "never mind"})
	texts[1] = "never mind"
	b.WantTexts(alice, texts)
	if p := b.Messages(alice)[1].Preview; p != nil {
		t.Errorf("the edited message has %+v", p)
	}

	off := "off"
	Call(a, api.ChangeSettings, api.SettingsChange{LinkPreviews: &off})
	if p := Call(a, api.FetchLinkPreview, api.LinkURL{URL: Page}); p.Title != "" {
		t.Errorf("turned off it says %+v", p)
	}
}

// M55: a person or what they wrote is reported, and nobody by mistake.
func TestM55_Report(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a, b := r.NewDevice("Alice"), r.NewDevice("Bob")
	a.Register(alice)
	b.Register(bob)
	b.Send(alice, "buy this")
	a.WantTexts(bob, []string{"buy this"})
	a.Send(bob, "no")
	theirs, own := a.Messages(bob)[0].ID, a.Messages(bob)[1].ID
	Call(a, api.Report, api.ReportParams{MessageIDs: []string{theirs}, Note: " spam "})
	Call(a, api.Report, api.ReportParams{ChatID: chatOf(a, bob).ID})
	for name, bad := range map[string]api.ReportParams{
		"nobody": {}, "one's own": {MessageIDs: []string{own}}, "unknown": {MessageIDs: []string{"x"}},
		"too many": {MessageIDs: make([]string, 21)},
	} {
		if _, err := Try(a, api.Report, bad); err == nil {
			t.Errorf("%s was reported", name)
		}
	}
	reports := r.Reports()
	if len(reports) != 2 || reports[0].Note != "spam" || len(reports[0].Messages) != 1 || reports[0].Messages[0].Text != "buy this" ||
		len(reports[1].Messages) != 0 || reports[0].Account != reports[1].Account {
		t.Errorf("the operator reads %+v", reports)
	}
}
