package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"parley/internal/relay"
	"parley/internal/store"
)

func newAdminResetPIN(std streams) *cobra.Command {
	var phone string
	var asJSON bool
	c := &cobra.Command{
		Use:   "reset-pin --phone +NUMBER",
		Short: "Begin the 7 days after which a number can be registered without its PIN",
		Long: `Begin the 7 days after which a number can be registered without its PIN.

For somebody who has lost the phone and the PIN. The relay logs it, and tells
all devices of the account, each of which can cancel it until then.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			number, err := relay.ParsePhone(phone)
			if err != nil {
				return usageError("--phone must be an international number like +32470123456")
			}
			st, err := openAdminStore(c)
			if err != nil {
				return err
			}
			defer func() { _ = st.Close() }() // what matters was committed
			ready, err := relay.StartPINReset(c.Context(), st, time.Now(), number)
			if errors.Is(err, store.ErrNotFound) {
				return errors.New("no account with this number has a PIN")
			}
			if err != nil {
				return fmt.Errorf("begin the reset: %w", err)
			}
			if asJSON {
				return json.NewEncoder(std.out).Encode(map[string]any{"phone": number, "ready": ready.UTC()})
			}
			_, err = fmt.Fprintf(std.out, "%s can be registered without PIN from %s, unless one of its devices cancels that.\n",
				number, ready.Format(time.DateTime))
			return err
		},
	}
	c.Flags().StringVar(&phone, "phone", "", "the number, with + and country code")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}
