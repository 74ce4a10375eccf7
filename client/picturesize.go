package client

import "encoding/binary"

// maxPicturePixels bounds a small picture: as it is shown each pixel takes four bytes, and
// a file of a few hundred bytes may claim a billion.
const maxPicturePixels = 1 << 22

// pictureFits reports whether a file of one of the pictureTypes tells its dimensions, and
// may be decoded.
func pictureFits(data []byte) bool {
	if len(data) < 30 {
		return false
	}
	var width, height uint32
	switch data[0] {
	case 0x89:
		width, height = pngSize(data)
	case 'R':
		width, height = webpSize(data)
	case 0xff:
		width, height = jpegSize(data)
	}
	return width > 0 && height > 0 && uint64(width)*uint64(height) <= maxPicturePixels
}

// pngSize, webpSize and jpegSize read the dimensions that a file of 30 bytes and more tells;
// zeros if it tells none.
func pngSize(data []byte) (width, height uint32) {
	if string(data[12:16]) != "IHDR" {
		return 0, 0
	}
	return binary.BigEndian.Uint32(data[16:]), binary.BigEndian.Uint32(data[20:])
}

func webpSize(data []byte) (width, height uint32) {
	switch string(data[12:16]) {
	case "VP8X":
		return uint24(data[24:]) + 1, uint24(data[27:]) + 1
	case "VP8 ":
		return uint24(data[26:]) & 0x3fff, uint24(data[27:]) >> 8 & 0x3fff
	case "VP8L":
		packed := binary.LittleEndian.Uint32(data[21:])
		return packed&0x3fff + 1, packed>>14&0x3fff + 1
	}
	return 0, 0
}

func uint24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }

// The frame header stands behind what cameras write.
func jpegSize(data []byte) (width, height uint32) {
	for at := 2; at+9 <= len(data) && data[at] == 0xff; {
		marker := data[at+1]
		switch {
		case marker == 0xff: // a fill byte
			at++
			continue
		case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
			return uint32(binary.BigEndian.Uint16(data[at+7:])), uint32(binary.BigEndian.Uint16(data[at+5:]))
		}
		at += 2 + int(binary.BigEndian.Uint16(data[at+2:]))
	}
	return 0, 0
}
