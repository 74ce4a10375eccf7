package client

import (
	"parley/client/api"
	"parley/client/json"
	"parley/client/store"
	"parley/ident"
)

// What a notice in a group tells, with the names of api.GroupNotice.
const (
	noticeCreated    = "created"
	noticeAdded      = "added"
	noticeJoined     = "joined"
	noticeLeft       = "left"
	noticeRemoved    = "removed"
	noticeAdmin      = "admin"
	noticeDismissed  = "dismissed"
	noticeRenamed    = "renamed"
	noticeDescribed  = "described"
	noticePictured   = "pictured"
	noticeSettings   = "settings"
	noticeGroupReset = "reset"
	noticeAsked      = "asked"
	noticeDeclined   = "declined"
	noticeWithdrawn  = "withdrawn"
)

// groupNotice is what is stored as the text of a notice. Names are looked up when it
// is shown.
type groupNotice struct {
	What     string   `json:"what"`
	By       string   `json:"by,omitempty"`
	Accounts []string `json:"accounts,omitempty"`
	Text     string   `json:"text,omitempty"`
}

// groupNotice puts a line into the chat of a group.
func (tx *tx) groupNotice(conversation *store.Conversation, n groupNotice, at int64) error {
	id, err := ident.NewID[ident.MessageID](tx.c.cfg.Rand)
	if err != nil {
		return err
	}
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	chat := ident.ChatOfGroup(conversation.ID)
	tx.chatChanged(chat)
	tx.messageChanged(id)
	by, _ := ident.ParseID[ident.AccountID](n.By)
	return tx.CreateNotice(&store.Message{
		ID: id, Chat: chat, Sender: by, Kind: store.KindGroupNotice, Text: string(text), SentAt: at,
	}, max(conversation.LastSequence, conversation.JoinSequence))
}

// namesShown is how many names a notice has at most.
const namesShown = 8

// showGroupNotice shows a notice with the names that are known now.
func (tx *tx) showGroupNotice(shown *api.Message, text string) error {
	shown.Text = ""
	var n groupNotice
	if json.Unmarshal([]byte(text), &n) != nil {
		return nil //nolint:nilerr // a line that a later version of the app wrote is shown empty
	}
	notice := &api.GroupNotice{What: n.What, Text: n.Text, Count: len(n.Accounts)}
	if by, err := ident.ParseID[ident.AccountID](n.By); err == nil && !by.IsZero() {
		person, err := tx.showPerson(by)
		if err != nil {
			return err
		}
		notice.By = &person
	}
	for _, text := range n.Accounts[:min(len(n.Accounts), namesShown)] {
		id, err := ident.ParseID[ident.AccountID](text)
		if err != nil {
			continue
		}
		person, err := tx.showPerson(id)
		if err != nil {
			return err
		}
		notice.People = append(notice.People, person)
	}
	shown.Notice = notice
	return nil
}

// showPerson is an account as people see it in a group.
func (tx *tx) showPerson(id ident.AccountID) (api.Person, error) {
	p := api.Person{AccountID: id.String(), Own: id == tx.identity.Account}
	if p.Own {
		p.Name, p.Phone = tx.identity.ProfileName, string(tx.identity.Phone)
		return p, nil
	}
	account, err := tx.FindAccount(id)
	if err != nil {
		return p, err
	}
	if account != nil {
		p.Name, p.Phone = account.Name, string(account.Phone)
	}
	chosen, err := tx.appState(nameState, id)
	if len(chosen) > 0 {
		p.Name = string(chosen)
	}
	if p.Name == "" {
		p.Name = p.Phone
	}
	return p, err
}

func accountTexts(ids []ident.AccountID) (texts []string) {
	for _, id := range ids {
		texts = append(texts, id.String())
	}
	return texts
}
