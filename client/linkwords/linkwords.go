// Package linkwords has the words that two people compare when a device is linked by
// a typed code. The core gives their numbers; who shows them has this list, the
// web app the same file (web/src/messenger/linkWords.ts).
//
// They are plain English in every language, because both screens must show the
// same, and differ in at least three letters.
package linkwords

import (
	_ "embed" // the list
	"strings"
)

//go:embed words.txt
var list string

// Count is how many words there are.
const Count = 256

// Of returns the words of their numbers; a number that has none has an empty one.
func Of(numbers []int) []string {
	all := strings.Fields(list)
	found := make([]string, len(numbers))
	for i, n := range numbers {
		if 0 <= n && n < len(all) {
			found[i] = all[n]
		}
	}
	return found
}
