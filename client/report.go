package client

import (
	"context"
	"strings"
	"unicode/utf8"

	"parley/client/api"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// report implements api.Report.
func (c *Client) report(ctx context.Context, p api.ReportParams) (api.None, error) {
	note := strings.TrimSpace(p.Note)
	if len(p.MessageIDs) > wire.MaxReportMessages || len(note) > wire.MaxReportNote || !utf8.ValidString(note) {
		return api.None{}, api.ErrBadParams
	}
	request := &wire.ReportAccount{Note: note}
	err := c.view(ctx, func(tx *tx) error {
		account, err := tx.reported(p, request)
		request.AccountID = account[:]
		return err
	})
	if err != nil {
		return api.None{}, err
	}
	_, err = callRelay[*wire.Done](ctx, c, request)
	return api.None{}, err
}

// reported finds who is reported, and adds the chosen messages.
func (tx *tx) reported(p api.ReportParams, to *wire.ReportAccount) (account ident.AccountID, err error) {
	if p.ChatID != "" {
		id, err := parseChatID(p.ChatID)
		if err != nil {
			return account, err
		}
		chat, err := tx.FindChat(id)
		if err != nil {
			return account, err
		}
		if chat == nil || chat.Kind != store.ChatDirect || tx.isOwn(id) {
			return account, api.ErrChatUnknown
		}
		account = chat.Account
	}
	for _, text := range p.MessageIDs {
		m, err := tx.findWritten(text)
		if err != nil {
			return account, err
		}
		if account == (ident.AccountID{}) {
			account = m.Sender
		}
		if m.Mine || m.Sender != account {
			return account, api.ErrBadParams
		}
		said, err := tx.reportText(m)
		if err != nil {
			return account, err
		}
		to.Messages = append(to.Messages, &wire.ReportedMessage{SentMS: m.SentAt, Text: said})
	}
	if account == (ident.AccountID{}) {
		return account, api.ErrBadParams
	}
	return account, nil
}

// reportText is what the operator reads of a message: its text, after what it is if it is
// more than that. The app shows the same before.
func (tx *tx) reportText(m *store.Message) (string, error) {
	shown, err := tx.showMessage(m)
	if err != nil {
		return "", err
	}
	kind := string(shown.Kind)
	if shown.Media != nil {
		kind = string(shown.Media.Kind)
	}
	said := shown.Text
	if shown.Kind != api.MessageText {
		said = strings.TrimSpace("[" + kind + "] " + said)
	}
	for len(said) > wire.MaxReportText {
		_, last := utf8.DecodeLastRuneInString(said)
		said = said[:len(said)-last]
	}
	return said, nil
}
