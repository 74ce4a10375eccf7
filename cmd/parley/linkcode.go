package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"parley/client/api"
	"parley/client/linkwords"
	"parley/wire"
)

// errWordsDiffer is what this person has said.
var errWordsDiffer = &api.Error{Code: wire.ErrorLinkWordsDiffer.String(), Message: wire.ErrorLinkWordsDiffer.Sentence()}

// errCodeOver is the error of a code that ended while its words were compared: the
// answer must not go to the next one.
var errCodeOver = &api.Error{Code: wire.ErrorLinkExpired.String(), Message: wire.ErrorLinkExpired.Sentence()}

// shownWords are words as programs read them.
type shownWords struct {
	Words []string `json:"words"`
}

// showWords shows people the words to compare with the other screen.
func (d *device) showWords(numbers []int) {
	d.say("\n    %s", d.style.Bold(strings.Join(linkwords.Of(numbers), "  ")))
}

// wordsEvent shows the words at the new device.
func (d *device) wordsEvent(numbers []int) error {
	if d.json {
		return d.line("words", shownWords{linkwords.Of(numbers)})
	}
	d.showWords(numbers)
	return nil
}

// offerCode gets a code to be typed and shows it.
func (d *device) offerCode(ctx context.Context, params api.StartLinkParams) error {
	code, err := api.Call(ctx, d.core, api.StartCodeLink, params)
	if err != nil {
		return err
	}
	if d.json {
		return d.line("code", code)
	}
	valid := time.UnixMilli(code.ExpiresAt).Sub(d.now())
	fmt.Fprintf(d.std.out, "\n    %s\n\nType this on your primary device under Linked devices, or run there: parley devices link CODE\nGood for %.0f minutes, then a new one comes.\n",
		d.style.Bold(code.Code), max(valid.Minutes(), 0))
	return nil
}

// compareWords has the person at the new device compare the words. It ends with
// ctx, when something else has ended linking.
func (d *device) compareWords(ctx context.Context, numbers []int) error {
	answer, err := d.ask(ctx, "Does your primary device show the same four words? [y/N] ")
	if err == nil {
		_, err = api.Call(ctx, d.core, api.ConfirmLinkWords, api.LinkWordsAnswer{Words: numbers, Same: isYes(answer)})
	}
	if errors.Is(err, errNoAnswer) {
		return errDeclined
	}
	return err
}

// linkURI is the link that an argument names. If it is a typed code, the person
// compares words first; nothing answers that for them.
func (d *device) linkURI(ctx context.Context, argument string) (api.LinkURI, error) {
	argument = strings.TrimSpace(argument)
	if strings.Contains(argument, ":") {
		return api.LinkURI{URI: argument}, nil
	}
	link, err := callOnline(ctx, d, api.ClaimLinkCode, api.LinkCodeParams{Code: argument})
	if err != nil {
		return api.LinkURI{}, err
	}
	d.showWords(link.Words)
	answer, err := d.ask(ctx, "Does the new device show the same four words? [y/N] ")
	if err == nil && isYes(answer) {
		d.say("Now confirm the words on the new device, too.")
		return api.LinkURI{URI: link.URI}, nil
	}
	reject := api.RejectLinkParams{URI: link.URI, WordsDiffer: err == nil}
	_, rejectErr := api.Call(context.WithoutCancel(ctx), d.core, api.RejectLink, reject)
	switch {
	case err == nil:
		return api.LinkURI{}, errors.Join(errWordsDiffer, rejectErr)
	case errors.Is(err, errNoAnswer):
		return api.LinkURI{}, errors.Join(errDeclined, rejectErr)
	}
	return api.LinkURI{}, errors.Join(err, rejectErr)
}
