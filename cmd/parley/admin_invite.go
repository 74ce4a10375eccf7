package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"parley/internal/relay"
)

func newAdminInvite(std streams) *cobra.Command {
	var phone string
	var asJSON bool
	c := &cobra.Command{
		Use:   "invite --phone +NUMBER",
		Short: "Print a one-time registration code for a number, good for 24 hours",
		Args:  cobra.NoArgs,
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
			code, expires, err := relay.Invite(c.Context(), st, rand.Reader, time.Now(), number)
			if err != nil {
				return fmt.Errorf("store the invitation: %w", err)
			}
			if asJSON {
				return json.NewEncoder(std.out).Encode(map[string]any{"phone": number, "code": code, "expires": expires.UTC()})
			}
			_, err = fmt.Fprintln(std.out, code)
			return err
		},
	}
	c.Flags().StringVar(&phone, "phone", "", "the number to invite, with + and country code")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}
