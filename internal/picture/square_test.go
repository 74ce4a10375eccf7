package picture

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	stdraw "image/draw"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"testing"
)

// quarters is an image whose quarters are red and green above, blue and
// transparent below.
func quarters(width, height int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.NRGBA{R: 0xff, A: 0xff}
			switch left, top := x < width/2, y < height/2; {
			case !left && top:
				c = color.NRGBA{G: 0xff, A: 0xff}
			case left && !top:
				c = color.NRGBA{B: 0xff, A: 0xff}
			case !left && !top:
				c = color.NRGBA{}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

// corners are the colours of a square's quarters: above, then below.
func corners(t *testing.T, file []byte) string {
	t.Helper()
	m, kind, err := image.Decode(bytes.NewReader(file))
	if err != nil || kind != "jpeg" || m.Bounds().Dx() != m.Bounds().Dy() || len(file) > maxSquare {
		t.Fatalf("%v: %s of %v, %d bytes", err, kind, m.Bounds(), len(file))
	}
	edge := m.Bounds().Dx()
	var names string
	for _, at := range []image.Point{{edge / 4, edge / 4}, {edge * 3 / 4, edge / 4}, {edge / 4, edge * 3 / 4}, {edge * 3 / 4, edge * 3 / 4}} {
		r, g, b, _ := m.At(at.X, at.Y).RGBA()
		switch high := uint32(0xd000); {
		case r > high && g > high && b > high:
			names += "w"
		case r > high:
			names += "r"
		case g > high:
			names += "g"
		case b > high:
			names += "b"
		default:
			names += "?"
		}
	}
	return names
}

func encodePNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// withOrientation is a JPEG as a camera writes it.
func withOrientation(t testing.TB, m image.Image, turn byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, nil); err != nil {
		t.Fatal(err)
	}
	exif := []byte("\xff\xe1\x00\x28Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01" + // one entry at 8
		"\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(turn) + "\x00\x00\x00\x00\x00\x00GPS 5N")
	return append(append([]byte("\xff\xd8"), exif...), out.Bytes()[2:]...)
}

func TestSquare_TheMiddleOnWhite(t *testing.T) {
	for name, m := range map[string]image.Image{
		"wide": quarters(900, 300), "high": quarters(300, 901), "tiny": quarters(4, 4), "square": quarters(512, 512),
	} {
		got, err := Square(encodePNG(t, m))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if seen := corners(t, got); seen != "rgbw" {
			t.Errorf("%s: the quarters are %s", name, seen)
		}
	}
}

// What a camera wrote into the file says how to turn it, and is not kept.
func TestSquare_TurnedAndWithoutThePlace(t *testing.T) {
	// JPEG has no transparency.
	opaque := image.NewRGBA(image.Rect(0, 0, 300, 300))
	stdraw.Draw(opaque, opaque.Bounds(), image.White, image.Point{}, stdraw.Src)
	stdraw.Draw(opaque, opaque.Bounds(), quarters(300, 300), image.Point{}, stdraw.Over)
	for turn, want := range map[byte]string{0: "rgbw", 1: "rgbw", 2: "grwb", 3: "wbgr", 4: "bwrg", 5: "rbgw", 6: "brwg", 7: "wgbr", 8: "gwrb", 9: "rgbw"} {
		file := withOrientation(t, opaque, turn)
		if !bytes.Contains(file, []byte("GPS")) {
			t.Fatal("the test file has no place, so its absence would prove nothing")
		}
		got, err := Square(file)
		if err != nil {
			t.Fatal(err)
		}
		if seen := corners(t, got); seen != want {
			t.Errorf("orientation %d: the quarters are %s, want %s", turn, seen, want)
		}
		if bytes.Contains(got, []byte("GPS")) || bytes.Contains(got, []byte("Exif")) {
			t.Errorf("orientation %d: what the camera wrote is still there", turn)
		}
	}
}

// Noise does not fit at full size, and is made smaller until it does.
func TestSquare_FitsInTheBound(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 256, 256))
	noise := rand.NewChaCha8([32]byte{1})
	_, _ = noise.Read(m.Pix)
	got, err := Square(encodePNG(t, m))
	if err != nil || len(got) > maxSquare {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestSquare_RefusesWhatIsNoImage(t *testing.T) {
	huge := encodePNG(t, quarters(2, 2))
	copy(huge[16:], "\x00\x01\x00\x00\x00\x01\x00\x00") // claims 65,536 × 65,536
	for name, file := range map[string][]byte{"nothing": nil, "text": []byte("hello"), "cut": encodePNG(t, quarters(50, 50))[:60], "huge": huge} {
		if got, err := Square(file); !errors.Is(err, ErrInvalid) || got != nil {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

func FuzzOrientation(f *testing.F) {
	f.Add(withOrientation(f, quarters(8, 8), 6))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II\x2a\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if turn := orientation(file); turn < 1 || turn > 8 {
			t.Errorf("orientation %d", turn)
		}
	})
}
