package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/client/api"
)

// webpFile makes a WebP file of 512 by 300 pixels that stands still.
func webpFile(t *testing.T, name string) string {
	t.Helper()
	part := func(kind string, body []byte) []byte {
		return append([]byte{kind[0], kind[1], kind[2], kind[3], byte(len(body)), byte(len(body) >> 8), 0, 0}, body...)
	}
	picture := append([]byte{0, 0, 0, 0x9d, 0x01, 0x2a, 0, 2, 300 & 0xff, 300 >> 8}, make([]byte, 1000)...)
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, part("RIFF", append([]byte("WEBP"), part("VP8 ", picture)...)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// X4: own stickers are added once each, listed with their packs, and removed, also those
// of another own device.
func TestX4_Stickers(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice := register(r, "+32470000001", "Alice")
	tablet := link(alice, "Tablet")
	file := webpFile(t, "cat.webp")
	added := decode[api.Sticker](t, alice.want("sticker", "add", file, "--pack", "Cats", "--json"))
	if added.Pack != "Cats" || added.Width != 512 || added.Height != 300 || !added.Here {
		t.Errorf("added %+v", added)
	}
	if again := decode[api.Sticker](t, alice.want("sticker", "add", file, "--pack", "Dogs", "--json")); again.ID != added.ID {
		t.Errorf("the same picture is another sticker: %+v", again)
	}
	tablet.want("receive", "--once")
	if list := tablet.want("sticker", "list"); !strings.Contains(list, added.ID) || !strings.Contains(list, "Cats") || strings.Count(list, "\n") != 1 {
		t.Errorf("the other device lists %q", list)
	}
	note := filepath.Join(t.TempDir(), "note.webp")
	if err := os.WriteFile(note, []byte("a note"), 0o600); err != nil {
		t.Fatal(err)
	}
	alice.refused("sticker_invalid", "sticker", "add", note)
	alice.refused("sticker_unknown", "sticker", "remove", "zz")
	tablet.want("sticker", "remove", added.ID[:8])
	alice.want("receive", "--once")
	if list := decode[api.Stickers](t, alice.want("sticker", "list", "--json")); len(list.Stickers) != 0 {
		t.Errorf("removed on the other device, there is still %+v", list.Stickers)
	}
}
