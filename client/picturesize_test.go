package client

import (
	"slices"
	"testing"
)

// Small files that claim more pixels than may be decoded, or hide how many they have, are
// no pictures; what cameras and browsers write is.
func TestPictureFits(t *testing.T) {
	png := func(size string) string {
		return "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + size + "\x08\x06\x00\x00\x00\x00"
	}
	webp := func(chunk string) string { return "RIFF\x20\x00\x00\x00WEBP" + chunk }
	jpeg := func(size string) string {
		return "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xff\xc0\x00\x11\x08" + size + "\x03"
	}
	for name, c := range map[string]struct {
		file string
		want string
	}{
		"png":          {png("\x00\x00\x01\x00\x00\x00\x01\x00"), "image/png"},
		"png bomb":     {png("\x00\x00\xff\xff\x00\x00\xff\xff"), ""},
		"png overflow": {png("\xff\xff\xff\xff\xff\xff\xff\xff"), ""},
		"webp":         {webp("VP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xff\x00\x00\xff\x00\x00"), "image/webp"},
		"webp bomb":    {webp("VP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xff\x3f\x00\xff\x3f\x00"), ""},
		"lossy":        {webp("VP8 \x0a\x00\x00\x00\x00\x00\x00\x9d\x01\x2a\x00\x01\x00\x01"), "image/webp"},
		"lossy bomb":   {webp("VP8 \x0a\x00\x00\x00\x00\x00\x00\x9d\x01\x2a\xff\x3f\xff\x3f"), ""},
		"lossless":     {webp("VP8L\x0a\x00\x00\x00\x2f\xff\xc0\x3f\x00\x00\x00\x00\x00\x00"), "image/webp"},
		"its bomb":     {webp("VP8L\x0a\x00\x00\x00\x2f\xff\xff\xff\x0f\x00\x00\x00\x00\x00"), ""},
		"other webp":   {webp("ICCP\x0a\x00\x00\x00\x2f\xff\xff\xff\x0f\x00\x00\x00\x00\x00"), ""},
		"jpeg":         {jpeg("\x01\x00\x01\x00"), "image/jpeg"},
		"jpeg bomb":    {jpeg("\xff\xff\xff\xff"), ""},
		"as png":       {"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01IHDR\x00\x00\x00\x01\x00\x00\x00\x01\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03", ""},
		"no frame":     {"\xff\xd8\xff\xe0" + string(make([]byte, 40)), ""},
	} {
		if got := pictureType([]byte(c.file)); got != c.want {
			t.Errorf("%s is %q, want %q", name, got, c.want)
		}
	}
}

// Whatever begins like a picture is judged without a crash.
func FuzzPictureFits(f *testing.F) {
	for _, t := range pictureTypes {
		f.Add(slices.Concat([]byte(t.start), []byte("12345678"), []byte(t.atEight), make([]byte, 40)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, kind := range pictureTypes {
			whole := append([]byte(kind.start), data...)
			if len(kind.atEight) > 0 && len(whole) > 12 {
				copy(whole[8:], kind.atEight)
			}
			if pictureType(whole) != "" && len(whole) < 30 {
				t.Error("a picture of a few bytes")
			}
		}
	})
}
