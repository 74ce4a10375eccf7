package cli_test

import (
	"slices"
	"strings"
	"testing"

	"parley/client/api"
	"parley/ident"
)

func (d *device) safetyNumber(with string, more ...string) api.SafetyNumber {
	d.t.Helper()
	args := append([]string{"safety-number", "--with", with, "--json"}, more...)
	return decode[api.SafetyNumber](d.t, d.want(args...))
}

// X6: two people see one number; each can verify the other by digits or by code.
func TestX6_SafetyNumber(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob := register(r, alicePhone, "Alice"), register(r, bobPhone, "Bob")
	tablet := link(alice, "Alice's tablet")
	alice.send(bobPhone, "hello")
	bob.want("receive", "--once")

	his := bob.safetyNumber(alicePhone)
	if hers := alice.safetyNumber(bobPhone); !slices.Equal(hers.Groups, his.Groups) || hers.Verified {
		t.Errorf("Alice sees %+v, Bob %+v", hers, his)
	}
	if shown := alice.want("safety-number", "--with", bobPhone); !strings.Contains(shown, strings.Join(his.Groups[:4], " ")) {
		t.Errorf("the digits are not in\n%s", shown)
	}
	alice.refused("safety_differs", "safety-number", "--with", bobPhone, "--compare", withOtherKey(t, his.Code))
	alice.refused("safety_code", "safety-number", "--with", bobPhone, "--compare", "hello")
	if n := alice.safetyNumber(bobPhone, "--compare", his.Code); !n.Verified {
		t.Error("Bob is not verified after his code was compared")
	}
	tablet.want("receive", "--once")
	if n := tablet.safetyNumber(bobPhone); !n.Verified {
		t.Error("the mark did not reach Alice's tablet")
	}
	if n := bob.safetyNumber(alicePhone, "--verified"); !n.Verified {
		t.Error("Alice is not verified after --verified")
	}
	if n := bob.safetyNumber(alicePhone, "--not-verified"); n.Verified {
		t.Error("Alice is verified after --not-verified")
	}
}

// withOtherKey is a code as somebody who stands between would make the other side show it.
func withOtherKey(t *testing.T, text string) string {
	t.Helper()
	code, err := ident.ParseSafetyCode(text)
	if err != nil {
		t.Fatal(err)
	}
	code.Shower.Key = code.Scanner.Key
	return code.String()
}
