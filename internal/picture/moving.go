package picture

import (
	"bytes"
	"encoding/binary"
	"image/gif"
)

// Bounds of pictures that are sent as they move, and of stickers.
const (
	// MaxMoving bounds a GIF or an animated WebP or PNG file, bytes; more is a document.
	MaxMoving        = 16 << 20
	maxFrames        = 2000
	stickerEdge      = 512
	stickerStill     = 100_000
	stickerMoving    = 500_000
	maxStickerFrames = 300
)

// Info is what a picture says of itself.
type Info struct {
	// Type is the MIME type.
	Type          string
	Width, Height int
	// Frames is 0 for a WebP or PNG file that does not move.
	Frames int
}

// Strip takes a GIF, WebP or PNG file apart and writes it anew without what is not
// picture: comments, Exif, XMP, what programs leave behind, and what follows its end.
// ErrInvalid is the error of anything else, and of what is malformed.
func Strip(file []byte) ([]byte, Info, error) {
	var out []byte
	var info Info
	var ok bool
	switch {
	case bytes.HasPrefix(file, []byte("GIF8")):
		out, info, ok = stripGIF(file)
	case bytes.HasPrefix(file, []byte("\x89PNG\r\n\x1a\n")):
		out, info, ok = stripPNG(file)
	case bytes.HasPrefix(file, []byte("RIFF")):
		out, info, ok = stripWebP(file)
	}
	if !ok || info.Width <= 0 || info.Height <= 0 || info.Width > maxPixels/info.Height || info.Frames > maxFrames {
		return nil, Info{}, ErrInvalid
	}
	return out, info, nil
}

// Sticker is Strip for a WebP file that may be a sticker: at most 512 pixels in width and
// height and 100 kB, or 500 kB and 300 frames if it moves.
func Sticker(file []byte) ([]byte, Info, error) {
	out, info, err := Strip(file)
	most := stickerStill
	if info.Frames > 1 {
		most = stickerMoving
	}
	if err != nil || info.Type != "image/webp" || max(info.Width, info.Height) > stickerEdge || len(out) > most || info.Frames > maxStickerFrames {
		return nil, Info{}, ErrInvalid
	}
	return out, info, nil
}

// scan reads on; what is beyond the end is nothing, and failed then.
type scan struct {
	b      []byte
	at     int
	failed bool
}

func (s *scan) take(n int) []byte {
	if s.failed || n < 0 || n > len(s.b)-s.at {
		s.failed = true
		return make([]byte, min(max(n, 0), 16)) // as much as anybody looks at
	}
	s.at += n
	return s.b[s.at-n : s.at]
}

func (s *scan) byte() byte { return s.take(1)[0] }

// table skips the colours that flags announce.
func (s *scan) table(flags byte) {
	if flags&0x80 != 0 {
		s.take(3 << (flags&7 + 1))
	}
}

// blocks skips what is cut into blocks.
func (s *scan) blocks() {
	for n := s.byte(); n > 0 && !s.failed; n = s.byte() {
		s.take(int(n))
	}
}

func stripGIF(file []byte) (out []byte, info Info, ok bool) {
	config, err := gif.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, info, false
	}
	info = Info{Type: "image/gif", Width: config.Width, Height: config.Height}
	s := &scan{b: file}
	s.take(6)
	s.table(s.take(7)[4])
	out = append(out, file[:s.at]...)
	for !s.failed {
		from, keep := s.at, true
		switch s.byte() {
		case 0x3b: // the end
			return append(out, 0x3b), info, !s.failed && info.Frames > 0
		case 0x2c:
			s.table(s.take(9)[8])
			s.take(1)
			s.blocks()
			info.Frames++
		case 0x21:
			keep = s.gifExtension()
		default:
			s.failed = true
		}
		if keep && !s.failed {
			out = append(out, file[from:s.at]...)
		}
	}
	return nil, info, false
}

// gifExtension skips an extension, and reports whether it says how the picture moves.
func (s *scan) gifExtension() bool {
	label := s.byte()
	program := ""
	if label == 0xff && s.at+12 <= len(s.b) {
		program = string(s.b[s.at+1 : s.at+12])
	}
	s.blocks()
	return label == 0xf9 || program == "NETSCAPE2.0" || program == "ANIMEXTS1.0"
}

var pngParts = map[string]bool{
	"IHDR": true, "PLTE": true, "IDAT": true, "IEND": true, "tRNS": true, "gAMA": true, "cHRM": true, "sRGB": true, "sBIT": true, "bKGD": true,
	"pHYs": true, "acTL": true, "fcTL": true, "fdAT": true,
}

func stripPNG(file []byte) (out []byte, info Info, ok bool) {
	info.Type = "image/png"
	s := &scan{b: file}
	out = append(out, s.take(8)...)
	for !s.failed {
		from := s.at
		length := binary.BigEndian.Uint32(s.take(4))
		name := string(s.take(4))
		data := s.take(int(length))
		s.take(4)
		switch {
		case s.failed:
			return nil, info, false
		case name == "IHDR" && length == 13:
			info.Width, info.Height = int(binary.BigEndian.Uint32(data)), int(binary.BigEndian.Uint32(data[4:]))
		case name == "fcTL":
			info.Frames++
		}
		if pngParts[name] {
			out = append(out, file[from:s.at]...)
		}
		if name == "IEND" {
			return out, info, true
		}
	}
	return nil, info, false
}

// webpMetadata are the flags of VP8X for a colour profile, Exif and XMP.
const webpMetadata = 0x20 | 0x08 | 0x04

func stripWebP(file []byte) (out []byte, info Info, ok bool) {
	s := &scan{b: file}
	s.take(4)
	inside := s.take(int(binary.LittleEndian.Uint32(s.take(4))))
	if s.failed || !bytes.HasPrefix(inside, []byte("WEBP")) {
		return nil, info, false
	}
	info.Type = "image/webp"
	body, ok := riff(inside[4:], func(name string, data []byte) ([]byte, bool) {
		switch name {
		case "VP8X":
			if len(data) != 10 {
				return nil, false
			}
			info.Width, info.Height = 1+u24(data[4:]), 1+u24(data[7:])
			return append([]byte{data[0] &^ webpMetadata}, data[1:]...), true
		case "ANMF":
			return info.frame(data)
		case "VP8 ", "VP8L":
			info.still(name, data)
			return data, true
		case "ANIM", "ALPH":
			return data, true
		}
		return nil, true
	})
	return part("RIFF", append([]byte("WEBP"), body...)), info, ok
}

func u24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// frame is a frame of an animation without what is not picture; it must lie within it.
func (i *Info) frame(data []byte) ([]byte, bool) {
	if len(data) < 16 || 2*u24(data)+1+u24(data[6:]) > i.Width || 2*u24(data[3:])+1+u24(data[9:]) > i.Height {
		return nil, false
	}
	i.Frames++
	inside, ok := riff(data[16:], func(name string, data []byte) ([]byte, bool) {
		if name == "ALPH" || name == "VP8 " || name == "VP8L" {
			return data, true
		}
		return nil, true
	})
	return append(bytes.Clone(data[:16]), inside...), ok
}

// still takes the dimensions of a picture that does not move from itself.
func (i *Info) still(name string, data []byte) {
	switch {
	case i.Width > 0:
	case name == "VP8 " && len(data) >= 10:
		i.Width, i.Height = int(binary.LittleEndian.Uint16(data[6:]))&0x3fff, int(binary.LittleEndian.Uint16(data[8:]))&0x3fff
	case name == "VP8L" && len(data) >= 5:
		packed := binary.LittleEndian.Uint32(data[1:])
		i.Width, i.Height = int(packed&0x3fff)+1, int(packed>>14&0x3fff)+1
	}
}

// riff writes the parts of a RIFF file anew as change gives them; those that are nil go.
func riff(b []byte, change func(name string, data []byte) ([]byte, bool)) (out []byte, ok bool) {
	s := &scan{b: b}
	for s.at+8 <= len(b) {
		name := string(s.take(4))
		data := s.take(int(binary.LittleEndian.Uint32(s.take(4))))
		if s.failed {
			return nil, false
		}
		s.at = min(s.at+len(data)&1, len(b))
		changed, ok := change(name, data)
		if !ok {
			return nil, false
		}
		if changed != nil {
			out = append(out, part(name, changed)...)
		}
	}
	return out, true
}

func part(name string, data []byte) []byte {
	out := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(data)))
	out = append(out, data...)
	if len(data)%2 == 1 {
		out = append(out, 0)
	}
	return out
}
