package picture

import (
	"bytes"
	"encoding/binary"
)

// Exif 2.3, section 4.6: where a camera writes how the image must be turned.
const (
	markerSOI      = 0xd8
	markerAPP1     = 0xe1
	markerSOS      = 0xda
	tagOrientation = 0x0112
)

// orientation is the Exif orientation of a JPEG, 1 to 8; 1 (as it is) for
// everything else.
func orientation(file []byte) int {
	if len(file) < 2 || file[0] != 0xff || file[1] != markerSOI {
		return 1
	}
	for rest := file[2:]; len(rest) >= 4 && rest[0] == 0xff && rest[1] != markerSOS; {
		size := int(binary.BigEndian.Uint16(rest[2:]))
		if size < 2 || len(rest) < 2+size {
			return 1
		}
		if tiff, ok := bytes.CutPrefix(rest[4:2+size], []byte("Exif\x00\x00")); ok && rest[1] == markerAPP1 {
			return tiffOrientation(tiff)
		}
		rest = rest[2+size:]
	}
	return 1
}

// tiffOrientation reads it from the first directory of a TIFF.
func tiffOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	start := uint64(order.Uint32(tiff[4:]))
	if start+2 > uint64(len(tiff)) {
		return 1
	}
	entries := tiff[start+2:]
	for range order.Uint16(tiff[start:]) {
		const size = 12 // tag, type, count, value
		if len(entries) < size {
			break
		}
		if value := int(order.Uint16(entries[8:])); order.Uint16(entries) == tagOrientation && value >= 1 && value <= 8 {
			return value
		}
		entries = entries[size:]
	}
	return 1
}

// turned is where the pixel x, y of a turned square comes from; last is the
// last pixel of an edge.
func turned(orientation, x, y, last int) (sx, sy int) {
	switch orientation {
	case 2:
		return last - x, y
	case 3:
		return last - x, last - y
	case 4:
		return x, last - y
	case 5:
		return y, x
	case 6:
		return y, last - x
	case 7:
		return last - y, last - x
	case 8:
		return last - y, x
	}
	return x, y
}
