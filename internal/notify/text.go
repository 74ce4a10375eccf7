package notify

import "fmt"

// codeText is the text that brings a code as a short message.
func codeText(code string) string {
	return fmt.Sprintf("%s is your Parley code. It is good for 10 minutes. Give it to nobody.", code)
}
