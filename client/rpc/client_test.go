package rpc_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"parley/client/api"
	"parley/client/apitest"
	"parley/client/rpc"
)

// connect returns a client of a server in front of a core.
func connect(t *testing.T) (*rpc.Client, *apitest.Core) {
	t.Helper()
	core := apitest.New()
	near, far := net.Pipe()
	go func() { _ = server(core).Serve(t.Context(), far) }()
	client := rpc.NewClient(near)
	t.Cleanup(func() { client.Close() })
	return client, core
}

func TestClient_CallsAreThoseOfTheCore(t *testing.T) {
	client, _ := connect(t)
	chat, err := api.Call(t.Context(), client, api.OpenChat, api.OpenChatParams{Phone: "+32470000002"})
	if err != nil {
		t.Fatal(err)
	}
	sent, err := api.Call(t.Context(), client, api.Send, api.SendParams{ChatID: chat.ID, Text: "hello\nthere \u2028", ID: "m1", Wait: true})
	if err != nil || sent.Status != api.MessageSent || sent.Text != "hello\nthere \u2028" {
		t.Fatalf("sent %+v, error %v", sent, err)
	}
	page, err := api.Call(t.Context(), client, api.ListMessages, api.MessagesParams{ChatID: chat.ID})
	if err != nil || len(page.Messages) != 1 {
		t.Errorf("messages %+v, error %v", page, err)
	}
}

func TestClient_ErrorsAreThoseOfTheCore(t *testing.T) {
	client, _ := connect(t)
	_, err := api.Call(t.Context(), client, api.OpenChat, api.OpenChatParams{Phone: "nobody"})
	if !errors.Is(err, api.ErrPhoneInvalid) || err.Error() != api.ErrPhoneInvalid.Message {
		t.Errorf("error %v, want %v", err, api.ErrPhoneInvalid)
	}
	if _, err := client.Call(t.Context(), "sing", nil); !errors.Is(err, api.ErrUnknownMethod) {
		t.Errorf("error %v, want %v", err, api.ErrUnknownMethod)
	}
}

func TestClient_ManyCallsAtATime(t *testing.T) {
	client, _ := connect(t)
	var calls sync.WaitGroup
	for i := range 1000 {
		calls.Go(func() {
			phone := fmt.Sprintf("+3247000%04d", i)
			chat, err := api.Call(t.Context(), client, api.OpenChat, api.OpenChatParams{Phone: phone})
			if err != nil || chat.Phone != phone {
				t.Errorf("chat %+v, error %v, want the one with %s", chat, err, phone)
			}
		})
	}
	calls.Wait()
}

func TestClient_ContextCancelsTheCallAtTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, core := connect(t)
		core.SetOnline(false)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := api.Call(ctx, client, api.Sync, api.None{})
			ended <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want %v", err, context.Canceled)
		}
		// Closing waits for what runs at the server: synctest would report a
		// deadlock if the call still did.
		client.Close()
	})
}

func TestClient_EventsInOrderUntilCancelled(t *testing.T) {
	client, core := connect(t)
	if _, err := api.Call(t.Context(), client, api.GetStatus, api.None{}); err != nil {
		t.Fatal(err)
	}
	got := make(chan api.Message, 100)
	cancel := client.Subscribe(func(event string, data json.RawMessage) {
		var m api.Message
		if event == api.OnMessage.Name && json.Unmarshal(data, &m) == nil {
			got <- m
		}
	})
	for i := range 50 {
		core.Receive("+32470000002", fmt.Sprint(i))
	}
	for i := range 50 {
		if m := <-got; m.Text != fmt.Sprint(i) {
			t.Fatalf("event %q where %d was due", m.Text, i)
		}
	}
	cancel()
	core.Receive("+32470000002", "late")
	if _, err := api.Call(t.Context(), client, api.GetStatus, api.None{}); err != nil {
		t.Fatal(err)
	}
	if len(got) != 0 {
		t.Errorf("%d events after the end of the subscription", len(got))
	}
}

func TestClient_ConnectionEndFailsCalls(t *testing.T) {
	near, far := net.Pipe()
	client := rpc.NewClient(near)
	ended := make(chan error, 1)
	go func() {
		_, err := api.Call(t.Context(), client, api.GetStatus, api.None{})
		ended <- err
	}()
	buffer := make([]byte, 1)
	if _, err := far.Read(buffer); err != nil {
		t.Fatal(err)
	}
	far.Close()
	if err := <-ended; !errors.Is(err, rpc.ErrClosed) {
		t.Errorf("error %v, want %v", err, rpc.ErrClosed)
	}
	<-client.Done()
	if _, err := client.Call(t.Context(), "status", nil); !errors.Is(err, rpc.ErrClosed) {
		t.Errorf("error %v after the end, want %v", err, rpc.ErrClosed)
	}
}

func TestClient_OversizedRequestIsRefusedHere(t *testing.T) {
	client, _ := connect(t)
	_, err := api.Call(t.Context(), client, api.Send, api.SendParams{ChatID: "c", Text: strings.Repeat("x", rpc.MaxRequest)})
	if !errors.Is(err, api.ErrMessageTooLong) {
		t.Errorf("error %v, want %v", err, api.ErrMessageTooLong)
	}
	if _, err := api.Call(t.Context(), client, api.GetStatus, api.None{}); err != nil {
		t.Errorf("the connection did not go on: %v", err)
	}
}

// Whatever a server sends, the client neither panics nor takes it for the
// answer to a call it did not make.
func FuzzClient(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"result":{}}`))
	f.Add([]byte(`{"jsonrpc":"2.0","method":"message","params":{}}`))
	f.Add([]byte("\n{}\n[]\nnull\n"))
	f.Fuzz(func(t *testing.T, input []byte) {
		near, far := net.Pipe()
		client := rpc.NewClient(near)
		client.Subscribe(func(event string, _ json.RawMessage) {
			if event == "" {
				t.Error("event without a name")
			}
		})
		_, _ = far.Write(append(input, '\n'))
		far.Close()
		<-client.Done()
		if _, err := client.Call(context.Background(), "status", nil); !errors.Is(err, rpc.ErrClosed) {
			t.Errorf("error %v, want %v", err, rpc.ErrClosed)
		}
	})
}
