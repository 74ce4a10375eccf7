package terminal

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quietZone is the light border that scanners need (ISO/IEC 18004), modules.
const quietZone = 4

// QR draws text as a QR code, two modules in one character. With colours it
// looks the same on dark and light terminals; without, it is meant for a dark
// one. Text of up to 2,900 bytes fits.
func (s Style) QR(text string) (string, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return "", fmt.Errorf("draw QR code: %w", err)
	}
	light := func(x, y int) bool { return !code.Black(x, y) }
	var b strings.Builder
	for y := -quietZone; y < code.Size+quietZone; y += 2 {
		var line strings.Builder
		for x := -quietZone; x < code.Size+quietZone; x++ {
			below := light(x, y+1) && y+1 < code.Size+quietZone
			line.WriteString(halfBlock(light(x, y), below))
		}
		b.WriteString(s.wrap("38;5;231;48;5;16", line.String()))
		b.WriteByte('\n')
	}
	return b.String(), nil
}

// halfBlock is the character with its upper and lower half filled or not.
func halfBlock(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	}
	return " "
}
