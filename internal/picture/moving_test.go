package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"testing"
)

// movingGIF is a GIF of so many frames with comments in it and something behind it.
func movingGIF(t testing.TB, frames int) []byte {
	t.Helper()
	g := new(gif.GIF)
	for i := range frames {
		frame := image.NewPaletted(image.Rect(0, 0, 40, 30), color.Palette{color.Black, color.White})
		frame.SetColorIndex(i, i, 1)
		g.Image, g.Delay = append(g.Image, frame), append(g.Delay, 10)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	all := b.Bytes()
	comment := append([]byte{0x21, 0xfe, 17}, "GPS 51.05N 3.72E "...)
	all = append(bytes.Clone(all[:len(all)-1]), append(comment, 0, 0x3b)...)
	return append(all, "GPS behind the end"...)
}

func chunk(name string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, name...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// movingPNG is a PNG with two frames announced and a text in it.
func movingPNG(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	all := b.Bytes()
	out := bytes.Clone(all[:33])
	out = append(out, chunk("tEXt", []byte("GPS\x0051.05N"))...)
	out = append(out, chunk("eXIf", []byte("GPS 51.05N"))...)
	for range 2 {
		out = append(out, chunk("fcTL", make([]byte, 26))...)
	}
	return append(append(out, all[33:]...), "GPS behind the end"...)
}

// webpFile is a WebP file; with no frames it stands still.
func webpFile(width, height, frames, size int) []byte {
	x := []byte{0x2c, 0, 0, 0, byte(width - 1), byte((width - 1) >> 8), 0, byte(height - 1), byte((height - 1) >> 8), 0}
	picture := append([]byte{0, 0, 0, 0x9d, 0x01, 0x2a, byte(width), byte(width >> 8), byte(height), byte(height >> 8)}, make([]byte, size)...)
	body := append([]byte("WEBP"), part("VP8X", x)...)
	if frames == 0 {
		body = append(body, part("VP8 ", picture)...)
	}
	for range frames {
		frame := make([]byte, 16)
		copy(frame[6:], []byte{byte(width - 1), byte((width - 1) >> 8), 0, byte(height - 1), byte((height - 1) >> 8), 0})
		frame = append(append(frame, part("VP8 ", picture)...), part("GPS!", []byte("GPS in a frame"))...)
		body = append(body, part("ANMF", frame)...)
	}
	body = append(append(body, part("EXIF", []byte("GPS 51.05N"))...), part("XMP ", []byte("GPS"))...)
	return append(part("RIFF", body), "GPS behind the end"...)
}

// M43, X4: of a picture that moves nothing is left but the picture, and it moves as before.
func TestStrip(t *testing.T) {
	for name, c := range map[string]struct {
		file []byte
		want Info
	}{
		"GIF":           {movingGIF(t, 3), Info{"image/gif", 40, 30, 3}},
		"still GIF":     {movingGIF(t, 1), Info{"image/gif", 40, 30, 1}},
		"PNG":           {movingPNG(t), Info{"image/png", 40, 30, 2}},
		"animated WebP": {webpFile(500, 300, 4, 100), Info{"image/webp", 500, 300, 4}},
		"WebP":          {webpFile(500, 300, 0, 101), Info{"image/webp", 500, 300, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			out, info, err := Strip(c.file)
			if err != nil || info != c.want {
				t.Fatalf("it is %+v: %v", info, err)
			}
			if bytes.Contains(out, []byte("GPS")) || !bytes.Contains(c.file, []byte("GPS")) {
				t.Error("the place is in it")
			}
			if info.Type == "image/gif" {
				g, err := gif.DecodeAll(bytes.NewReader(out))
				if err != nil || len(g.Image) != info.Frames || info.Frames > 1 && g.LoopCount != 0 {
					t.Errorf("it is %v: %v", g, err)
				}
			}
			again, _, err := Strip(out)
			if err != nil || !bytes.Equal(again, out) {
				t.Errorf("taken apart again it is another: %v", err)
			}
			for cut := range len(out) - 1 {
				if _, _, err := Strip(out[:cut]); err == nil && info.Type != "image/webp" {
					t.Fatalf("cut to %d bytes it is a picture", cut)
				}
			}
		})
	}
}

// X4: a sticker is a WebP picture within bounds; anything else is refused.
func TestX4_Sticker(t *testing.T) {
	for name, c := range map[string]struct {
		file []byte
		ok   bool
	}{
		"still":               {webpFile(512, 512, 0, 90_000), true},
		"moving":              {webpFile(512, 300, 20, 20_000), true},
		"one that is heavy":   {webpFile(512, 512, 0, 110_000), false},
		"moving and heavy":    {webpFile(512, 512, 20, 30_000), false},
		"wide":                {webpFile(513, 100, 0, 100), false},
		"too many frames":     {webpFile(100, 100, 301, 10), false},
		"GIF":                 {movingGIF(t, 3), false},
		"nothing":             {nil, false},
		"a page":              {[]byte("<html><script>alert(1)</script>"), false},
		"a frame outside":     {bytes.Replace(webpFile(100, 100, 2, 10), append([]byte("ANMF\x42\x00\x00\x00"), 0), append([]byte("ANMF\x42\x00\x00\x00"), 9), 1), false},
		"a claim of the size": {webpFile(16384, 16384, 0, 10), false},
	} {
		t.Run(name, func(t *testing.T) {
			out, info, err := Sticker(c.file)
			if (err == nil) != c.ok || err != nil && (!errors.Is(err, ErrInvalid) || out != nil || info != Info{}) {
				t.Errorf("it is %+v: %v", info, err)
			}
		})
	}
}

func FuzzStrip(f *testing.F) {
	f.Add(movingGIF(f, 2))
	f.Add(movingPNG(f))
	f.Add(webpFile(100, 80, 2, 20))
	f.Add(webpFile(100, 80, 0, 21))
	f.Fuzz(func(t *testing.T, file []byte) {
		out, info, err := Strip(file)
		if err != nil {
			if out != nil || info != (Info{}) {
				t.Fatal("what is refused is given")
			}
			return
		}
		again, same, err := Strip(out)
		if err != nil || same != info || !bytes.Equal(again, out) {
			t.Fatalf("taken apart again it is another: %+v, %+v: %v", info, same, err)
		}
	})
}
