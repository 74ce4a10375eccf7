// Package picture makes profile pictures of image files: small squares, drawn
// anew, so that nothing is left of what a camera wrote into the file, such as
// the place. The web app does the same in the browser.
package picture

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	_ "image/gif" // what may be opened
	"image/jpeg"
	_ "image/png" // what may be opened
)

const (
	// MaxFile bounds an image file, bytes.
	MaxFile = 32 << 20
	// maxPixels bounds an image: a small file may claim to be a huge one.
	maxPixels = 100_000_000
	// maxSquare bounds what comes out, bytes; it is the core's bound.
	maxSquare = 24 << 10
)

// ErrInvalid is the error of a file that is no JPEG, PNG or GIF image, or too
// large a one.
var ErrInvalid = errors.New("no image that can be used")

// Square makes a JPEG of at most 24 KiB of the middle of an image, as it is
// meant to be looked at, on white where it is transparent.
func Square(file []byte) ([]byte, error) {
	c, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil || len(file) > MaxFile || c.Width <= 0 || c.Height <= 0 || c.Width > maxPixels/c.Height {
		return nil, ErrInvalid
	}
	source, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, ErrInvalid
	}
	turn := orientation(file)
	for _, edge := range []int{256, 192, 128, 96} {
		drawn := draw(source, turn, edge)
		for _, quality := range []int{85, 70, 50} {
			var out bytes.Buffer
			if err := jpeg.Encode(&out, drawn, &jpeg.Options{Quality: quality}); err != nil {
				return nil, err
			}
			if out.Len() <= maxSquare {
				return out.Bytes(), nil
			}
		}
	}
	return nil, ErrInvalid
}

// draw is the middle of an image, turned, with edges of so many pixels.
func draw(source image.Image, turn, edge int) image.Image {
	b := source.Bounds()
	cut := min(b.Dx(), b.Dy())
	corner := b.Min.Add(image.Pt((b.Dx()-cut)/2, (b.Dy()-cut)/2))
	// at is where the i-th pixel of an edge begins in the source.
	at := func(i int) int { return i * cut / edge }
	drawn := image.NewRGBA(image.Rect(0, 0, edge, edge))
	for y := range edge {
		for x := range edge {
			sx, sy := turned(turn, x, y, edge-1)
			area := image.Rect(at(sx), at(sy), max(at(sx+1), at(sx)+1), max(at(sy+1), at(sy)+1))
			drawn.SetRGBA(x, y, mean(source, area.Add(corner)))
		}
	}
	return drawn
}

// mean is the mean colour of an area, on white.
func mean(source image.Image, area image.Rectangle) color.RGBA {
	var red, green, blue, n uint64
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			r, g, b, a := source.At(x, y).RGBA() // premultiplied, up to 0xffff
			white := 0xffff - a
			red, green, blue, n = red+uint64(r+white), green+uint64(g+white), blue+uint64(b+white), n+1
		}
	}
	byteOf := func(sum uint64) uint8 { return uint8(sum / n >> 8) }
	return color.RGBA{byteOf(red), byteOf(green), byteOf(blue), 0xff}
}
