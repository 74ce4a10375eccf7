package applock

import (
	"context"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"parley/client/api"
	"parley/client/json"
)

func (c *Core) addPasskey(ctx context.Context, params json.RawMessage) error {
	var p api.AddPasskeyParams
	if err := decode(params, &p); err != nil {
		return err
	}
	name := strings.TrimSpace(p.Name)
	if n := utf8.RuneCountInString(name); n < 1 || n > maxName {
		return api.ErrNameInvalid
	}
	s, err := c.newSlot(kindPasskey)
	if err != nil {
		return err
	}
	s.name = name
	if s.credential, err = decodeBytes(p.CredentialID, 1, maxCredential); err != nil {
		return err
	}
	if s.salt, err = decodeBytes(p.PRFSalt, prfSize, prfSize); err != nil {
		return err
	}
	output, err := decodeBytes(p.PRFOutput, prfSize, prfSize)
	if err != nil {
		return err
	}
	defer clear(output)
	return c.change(api.LockOpen, func() error {
		if p.Passphrase != "" {
			if err := c.checkPassphrase(ctx, p.Passphrase); err != nil {
				return err
			}
		}
		if len(c.Status().Passkeys) >= maxPasskeys {
			return api.ErrBadParams
		}
		if err := s.wrap(c.cfg.Rand, output, c.key); err != nil {
			return err
		}
		if err := c.db.replacePasskey(ctx, s); err != nil {
			return err
		}
		return c.publish(ctx, api.LockOpen, false)
	})
}

// decodeBytes reads base64 of between least and most bytes.
func decodeBytes(text string, least, most int) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) < least || len(b) > most {
		return nil, api.ErrBadParams
	}
	return b, nil
}

func (c *Core) removePasskey(ctx context.Context, params json.RawMessage) error {
	var p api.PasskeyID
	if err := decode(params, &p); err != nil {
		return err
	}
	return c.change(api.LockOpen, func() error {
		if err := c.db.deletePasskey(ctx, p.ID); err != nil {
			return err
		}
		c.settle(ctx)
		return c.publish(ctx, api.LockOpen, false)
	})
}

// tryPasskey takes the storage key out with a passkey. Its output has 256 bits
// that nobody guesses, so wrong ones need no wait.
func (c *Core) tryPasskey(ctx context.Context, p api.UnlockParams) (key []byte, err error) {
	credential, err := decodeBytes(p.CredentialID, 1, maxCredential)
	if err != nil {
		return nil, err
	}
	output, err := decodeBytes(p.PRFOutput, prfSize, prfSize)
	if err != nil {
		return nil, err
	}
	defer clear(output)
	slots, err := c.db.findSlots(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range slots {
		if s.kind != kindPasskey || string(s.credential) != string(credential) {
			continue
		}
		if key, err = s.unwrap(output); err == nil {
			return key, nil
		}
	}
	return nil, api.ErrWrongPasskey
}
