package main

import "testing"

func TestLanguage_OfTheEnvironment(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{nil, ""},
		{map[string]string{"LANG": "C.UTF-8"}, ""},
		{map[string]string{"LANG": "POSIX"}, ""},
		{map[string]string{"LANG": "fr_BE.UTF-8"}, "fr-BE"},
		{map[string]string{"LANG": "nl"}, "nl"},
		{map[string]string{"LANG": "fr_FR.UTF-8", "LC_MESSAGES": "nl_BE@euro"}, "nl-BE"},
		{map[string]string{"LANG": "fr_FR.UTF-8", "LC_ALL": "C"}, ""},
	} {
		if got := language(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%v: %q, want %q", c.env, got, c.want)
		}
	}
}
