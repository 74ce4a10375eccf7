package relay

import (
	"github.com/nyaruka/phonenumbers"

	"parley/ident"
	"parley/wire"
)

// ParsePhone reads a phone number that can exist, of a known country and of a
// length that country has, and returns its one E.164 form: a prefix for calls
// within the country, as in +32 (0)470, is dropped. The error is PHONE_INVALID.
// Whether somebody holds the number, only a code can show.
func ParsePhone(text string) (ident.Phone, error) {
	phone, err := ident.ParsePhone(text)
	if err != nil {
		return "", refuse(wire.ErrorPhoneInvalid)
	}
	number, err := phonenumbers.Parse(string(phone), "ZZ")
	if err != nil || !phonenumbers.IsPossibleNumber(number) {
		return "", refuse(wire.ErrorPhoneInvalid)
	}
	return ident.Phone(phonenumbers.Format(number, phonenumbers.E164)), nil
}
