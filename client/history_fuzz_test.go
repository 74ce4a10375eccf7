package client_test

import (
	"bytes"
	"context"
	"testing"

	"parley/client"
	"parley/client/content"
	"parley/client/native"
)

// M10: whatever a chunk is made of, it is expanded to no more than it may be, on
// failure nothing comes of it, and what is read encodes to what reads the same.
func FuzzDecodeHistoryChunk(f *testing.F) {
	deflate := func(plain []byte) []byte {
		compressed, err := native.Deflate(f.Context(), plain)
		if err != nil {
			f.Fatal(err)
		}
		return compressed
	}
	id := bytes.Repeat([]byte{1}, 16)
	chunk := content.Encode(&content.HistoryChunk{
		Chats: []*content.HistoryChat{{
			Contact:  &content.Contact{AccountID: id, AccountKey: bytes.Repeat([]byte{2}, 32), Phone: "+32470000002", Name: "Bob"},
			Messages: []*content.StoredMessage{{MessageID: id, Sequence: 7, SenderAccount: id, Text: "text", TimeMS: 1000}},
		}},
		Reached: []*content.HistoryReach{{ConversationID: id, Last: 9}},
		Missing: []*content.HistoryReach{{ConversationID: id, First: 3, Last: 4}},
	})
	f.Add(deflate(chunk))
	f.Add(deflate(chunk[:len(chunk)-1]))
	f.Add(deflate(make([]byte, client.MaxHistoryPlain)))
	f.Add(deflate(make([]byte, client.MaxHistoryPlain+1)))
	f.Add(deflate(chunk)[:20])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, compressed []byte) {
		expanded := -1
		cfg := client.Config{Inflate: func(ctx context.Context, b []byte, limit int) ([]byte, error) {
			plain, err := native.Inflate(ctx, b, limit)
			if err == nil {
				expanded = len(plain)
			}
			return plain, err
		}}
		read, err := client.DecodeHistoryChunk(t.Context(), cfg, compressed)
		if expanded > client.MaxHistoryPlain {
			t.Fatalf("it was expanded to %d bytes", expanded)
		}
		if (err == nil) != (read != nil) || err == nil && expanded < 0 {
			t.Fatalf("of %d bytes came %v, %v", expanded, read, err)
		}
		if err != nil {
			return
		}
		encoded := content.Encode(read)
		again, err := content.Decode[content.HistoryChunk](encoded)
		if err != nil || !bytes.Equal(content.Encode(again), encoded) {
			t.Fatalf("what was read does not encode to the same: %v", err)
		}
	})
}
