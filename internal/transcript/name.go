package transcript

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is how long a name may get, bytes: file systems take 255, and numbers and
// endings are added.
const maxName = 120

// FileName makes of any text a name that is one on every system: nothing that leads
// elsewhere, is not seen, or turns the direction of writing around. It may be empty.
func FileName(text string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r), strings.ContainsRune(`<>:"/\|?*#%`, r):
			return '_'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, text)
	name = strings.Trim(name, " .")
	ending := ""
	if i := strings.LastIndexByte(name, '.'); i > 0 && len(name)-i <= 10 {
		name, ending = name[:i], name[i:]
	}
	for len(name)+len(ending) > maxName {
		_, last := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-last]
	}
	return strings.TrimRight(name, " .") + ending
}
