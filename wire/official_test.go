package wire_test

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"parley/wire"
	"parley/wire/codec"
)

// The generated code writes and reads what the official protobuf runtime does:
// the same bytes for a Frame with every kind of body, filled at random from the
// schema itself.
func TestCodec_AgreesWithOfficialRuntime(t *testing.T) {
	compiler := protocompile.Compiler{Resolver: &protocompile.SourceResolver{}}
	files, err := compiler.Compile(t.Context(), "device.proto")
	if err != nil {
		t.Fatal(err)
	}
	frame := files[0].Messages().ByName("Frame")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	kinds := map[reflect.Type]bool{}
	for range 3000 {
		official := randomMessage(random, frame)
		want, err := proto.MarshalOptions{Deterministic: true}.Marshal(official)
		if err != nil {
			t.Fatal(err)
		}
		var ours wire.Frame
		if err := ours.Unmarshal(want); err != nil {
			t.Fatalf("%v: our code refuses %x", err, want)
		}
		noteKinds(kinds, &ours)
		got := wire.Encode(&ours)
		again := dynamicpb.NewMessage(frame)
		if err := proto.Unmarshal(got, again); err != nil {
			t.Fatalf("the official runtime refuses ours: %v", err)
		}
		if !proto.Equal(official, again) {
			t.Fatalf("differs:\n%v\n%v", official, again)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("encodings differ:\n%x\n%x", got, want)
		}
	}
	schema := files[0].Messages()
	want := schema.ByName("Request").Fields().Len() + schema.ByName("Response").Fields().Len() + schema.ByName("Event").Fields().Len()
	if len(kinds) != want {
		t.Errorf("saw %d kinds of bodies, the schema has %d", len(kinds), want)
	}
}

func noteKinds(kinds map[reflect.Type]bool, f *wire.Frame) {
	switch b := f.Body.(type) {
	case *wire.Request:
		kinds[reflect.TypeOf(b.Call)] = true
	case *wire.Response:
		kinds[reflect.TypeOf(b.Result)] = true
	case *wire.Event:
		kinds[reflect.TypeOf(b.Happening)] = true
	}
}

// randomMessage fills a message of the schema; of a oneof, one member.
func randomMessage(random *rand.Rand, d protoreflect.MessageDescriptor) *dynamicpb.Message {
	m := dynamicpb.NewMessage(d)
	for i := range d.Oneofs().Len() {
		members := d.Oneofs().Get(i).Fields()
		f := members.Get(random.IntN(members.Len()))
		m.Set(f, protoreflect.ValueOfMessage(randomMessage(random, f.Message())))
	}
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		if f.ContainingOneof() != nil || random.IntN(4) == 0 {
			continue
		}
		if !f.IsList() {
			m.Set(f, randomValue(random, f))
			continue
		}
		for range random.IntN(4) {
			m.Mutable(f).List().Append(randomValue(random, f))
		}
	}
	return m
}

func randomValue(random *rand.Rand, f protoreflect.FieldDescriptor) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(random.IntN(2) == 1)
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(random.Uint32() >> random.IntN(32))
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(random.Uint64() >> random.IntN(64))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(random.Int64() - random.Int64())
	case protoreflect.StringKind:
		return protoreflect.ValueOfString("ünïcode"[:3*random.IntN(2)])
	case protoreflect.BytesKind:
		b := make([]byte, random.IntN(300))
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return protoreflect.ValueOfBytes(b)
	case protoreflect.EnumKind:
		values := f.Enum().Values()
		return protoreflect.ValueOfEnum(values.Get(random.IntN(values.Len())).Number())
	default:
		return protoreflect.ValueOfMessage(randomMessage(random, f.Message()))
	}
}

// FuzzDecode: no input makes the decoder panic; what it accepts encodes to
// something that decodes to the same; what it refuses leaves nothing behind.
func FuzzDecode(f *testing.F) {
	for _, call := range []wire.RequestCall{
		&wire.Hello{Version: wire.Version, Software: "test"},
		&wire.Send{ConversationID: make([]byte, 16), MessageID: make([]byte, 16), Kind: wire.EntryCommit, Added: []*wire.Member{{LeafIndex: 1}}},
	} {
		f.Add(wire.Encode(&wire.Frame{ID: 1, Body: &wire.Request{Call: call}}))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := wire.Decode(b)
		if err != nil {
			if frame != nil {
				t.Fatal("an error and a frame")
			}
			return
		}
		encoded := wire.Encode(frame)
		again, err := wire.Decode(encoded)
		if err != nil {
			t.Fatalf("own encoding refused: %v", err)
		}
		if !bytes.Equal(encoded, wire.Encode(again)) {
			t.Fatal("the encoding is not stable")
		}
	})
}

func TestDecode_Refuses(t *testing.T) {
	for name, b := range map[string][]byte{
		"nothing":       {},
		"no body":       {0x08, 0x01},
		"cut short":     wire.Encode(&wire.Frame{ID: 1, Body: &wire.Request{Call: &wire.Ping{}}})[:3],
		"wrong type":    {0x0a, 0x00},
		"invalid UTF-8": wire.Encode(&wire.Frame{Body: &wire.Request{Call: &wire.Hello{Software: "\xff"}}}),
		"too large":     make([]byte, wire.MaxFrame+1),
	} {
		if frame, err := wire.Decode(b); err == nil || frame != nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Every error code has a name of its own and a sentence for the person.
func TestErrorCodes_HaveTexts(t *testing.T) {
	compiler := protocompile.Compiler{Resolver: &protocompile.SourceResolver{}}
	files, err := compiler.Compile(t.Context(), "device.proto")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	values := files[0].Enums().ByName("ErrorCode").Values()
	for i := 1; i < values.Len(); i++ {
		code := wire.ErrorCode(values.Get(i).Number())
		if name := code.String(); name == "unknown_error" || seen[name] {
			t.Errorf("%s has no name of its own", values.Get(i).Name())
		}
		seen[code.String()] = true
		if code.Sentence() == "" {
			t.Errorf("%s has no sentence", code)
		}
	}
}

var _ codec.Message = (*wire.Frame)(nil)
