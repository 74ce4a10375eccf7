package client_test

import (
	"encoding/base64"
	"testing"
	"time"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
)

// newSticker makes a file one of the person's stickers.
func newSticker(t *testing.T, d *Device, size int, pack, digest string) (api.Sticker, error) {
	t.Helper()
	path, _ := fileOf(t, size)
	file := Call(d, api.PutFile, api.PutFileParams{Path: path}).FileID
	return Try(d, api.AddSticker, api.AddStickerParams{
		FileID: file, Type: "image/webp", Width: 512, Height: 512, Pack: pack, Digest: base64.StdEncoding.EncodeToString([]byte(digest)),
	})
}

func hereCount(d *Device) (all, here int) {
	for _, s := range Call(d, api.ListStickers, api.None{}).Stickers {
		all++
		if s.Here {
			here++
		}
	}
	return all, here
}

// X4: own stickers are on all devices of the account, also on one that is linked later, and
// though the relay keeps them no more; each is sent as often as one likes, and removed
// everywhere.
func TestX4_Stickers(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, _ := people(t)
	a1.Send(bob, "hello")
	b1.WantTexts(alice, []string{"hello"})
	first, err := newSticker(t, a1, 5000, "  Cats\u202e ", "one")
	if err != nil || first.Pack != "Cats" || !first.Here {
		t.Fatalf("the sticker is %+v: %v", first, err)
	}
	if again, err := newSticker(t, a1, 5000, "Dogs", "one"); err != nil || again.ID != first.ID {
		t.Errorf("the same picture is another sticker: %+v: %v", again, err)
	}
	_, err = newSticker(t, a1, 600_000, "Cats", "large")
	wantCode(t, err, api.ErrStickerInvalid.Code)
	second, err := newSticker(t, a2, 4000, "Dogs", "two")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*Device{a1, a2} {
		d.Eventually("both stickers are here", func() bool { all, here := hereCount(d); return all == 2 && here == 2 })
	}

	// The other device sends what was made on the first, twice at once.
	chat := chatID(a2, bob)
	one := Call(a2, api.SendSticker, api.SendStickerParams{ChatID: chat, StickerID: first.ID})
	two := Call(a2, api.SendSticker, api.SendStickerParams{ChatID: chat, StickerID: first.ID})
	with := chatID(b1, alice)
	for _, m := range []api.Message{one, two} {
		if got := mediaIn(b1, with, m.ID, api.MediaRemote); got.Media.Kind != api.MediaSticker || got.Media.Width != 512 || got.Text != "" {
			t.Errorf("Bob got %+v", got.Media)
		}
	}
	if got := saved(t, b1, one); len(got) != 5000 {
		t.Errorf("the sticker has %d bytes", len(got))
	}

	// The relay has nothing any more: it is brought there again, by whom it is sent, and for a
	// new device.
	r.Pass(31 * 24 * time.Hour)
	three := Call(a1, api.SendSticker, api.SendStickerParams{ChatID: chat, StickerID: second.ID})
	mediaIn(b1, with, three.ID, api.MediaRemote)
	if got := saved(t, b1, three); len(got) != 4000 {
		t.Errorf("the sticker has %d bytes", len(got))
	}
	late := r.NewDevice("Alice's tablet")
	a1.Link(late)
	late.Eventually("the new device has both", func() bool { all, here := hereCount(late); return all == 2 && here == 2 })

	// Removed, it goes from all devices, and stays in the chats.
	Call(a2, api.RemoveSticker, api.StickerID{ID: first.ID})
	for _, d := range []*Device{a1, a2, late} {
		d.Eventually("one sticker is left", func() bool { all, _ := hereCount(d); return all == 1 })
	}
	_, err = Try(a1, api.SendSticker, api.SendStickerParams{ChatID: chat, StickerID: first.ID})
	wantCode(t, err, api.ErrFileUnknown.Code)
	Call(a2, api.Delete, api.DeleteParams{IDs: []string{one.ID, two.ID}})
	mediaIn(b1, with, one.ID, api.MediaLocal)
}
