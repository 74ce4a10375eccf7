package relay

import (
	"github.com/nyaruka/phonenumbers"

	"parley/ident"
	"parley/wire"
)

// ParsePhone reads a phone number that can exist: of a known country and of a
// length that country has. The error is PHONE_INVALID. Whether somebody holds
// it, only a code can show.
func ParsePhone(text string) (ident.Phone, error) {
	phone, err := ident.ParsePhone(text)
	if err != nil {
		return "", refuse(wire.ErrorPhoneInvalid)
	}
	number, err := phonenumbers.Parse(string(phone), "ZZ")
	if err != nil || !phonenumbers.IsPossibleNumber(number) {
		return "", refuse(wire.ErrorPhoneInvalid)
	}
	return phone, nil
}
