package json_test

import (
	stdjson "encoding/json"
	"math"
	"math/rand"
	"reflect"
	"strings"
	"testing"
	"testing/quick"

	"parley/client/json"
)

// everything has all that the package knows.
type everything struct {
	Text     string         `json:"text"`
	Kind     kind           `json:"kind,omitempty"`
	Flag     bool           `json:"flag,omitempty"`
	Small    int8           `json:"small"`
	Whole    int64          `json:"whole,omitempty"`
	Byte     uint8          `json:"byte"`
	Natural  uint64         `json:"natural,omitempty"`
	Number   float64        `json:"number"`
	Maybe    *string        `json:"maybe,omitempty"`
	None     *int           `json:"none"`
	Texts    []string       `json:"texts"`
	Short    []*inner       `json:"short,omitempty"`
	Inner    inner          `json:"inner"`
	Untagged []inner        //
	Left     map[string]int `json:"-"`
	hidden   int
}

type kind string

type inner struct {
	Name string `json:"name"`
	Next *inner `json:"next,omitempty"`
}

var texts = []string{
	"", "null", "true", " false ", "nul", "tru", "0", "-0", "01", "-", "1.", "1.5e+3", "1e", "1E5", "-1e-7", "1e400", "0x1", ".5", "128", "-129", "256",
	"9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616", "1.0", `"a"`, `"a`, `"\u00e9\ud83d\ude00\ud83d"`,
	`"\ud83dA"`, `"\u12"`, `"\q"`, `"\'"`, "\"\xff\xc3\"", "\"\t\"", "\"\x7f\u2028\"", `"\"\\\/\b\f\n\r\t"`, "[", "[]", "[1,]", "[1 2]", "[null]", "{", "{}", `{"text"}`,
	`{"text":}`, `{"text":"a",}`, `{text:1}`, `{"text":"a"} x`, "{}\x00", "\x00", `{"TEXT":"a","Text":"b","text":"c"}`, `{"te\u0078t":"a"}`, `{"Kind":"ſ","kınd":"x","inner":{"name":"a"},"inner":{}}`,
	`{"texts":["a","b"],"texts":["c"],"short":[{"name":"a","next":{"name":"b"}},null],"short":[{}, {}],"none":1,"none":null,"maybe":"x","maybe":"y"}`,
	`{"number":1e21,"small":-128,"whole":-9223372036854775808,"byte":255,"natural":18446744073709551615}`, `{"number":"1"}`, `{"flag":1}`, `{"flag":null,"small":null,"text":null,"inner":null}`,
	`{"unknown":[{"a":[1,2,{"b":"\u0000"}]},null,true],"text":"x"}`, `{"unknown":[1,}`, `{"inner":[]}`, `{"texts":{}}`, `{"Untagged":[{}],"untagged":[]}`, `{"hidden":1,"-":1,"Left":{}}`,
	strings.Repeat("[", 10000) + strings.Repeat("]", 10000), strings.Repeat("[", 10001) + strings.Repeat("]", 10001), strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200),
}

// same reads a text with both packages into a new value of a type.
func same(t *testing.T, data []byte, of reflect.Type) {
	t.Helper()
	got, want := reflect.New(of), reflect.New(of)
	err, wantErr := json.Unmarshal(data, got.Interface()), stdjson.Unmarshal(data, want.Interface())
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%.300q into %s: %v; encoding/json: %v", data, of, err, wantErr)
	}
	if err == nil && !reflect.DeepEqual(got.Interface(), want.Interface()) {
		t.Fatalf("%.300q into %s: %+v; encoding/json: %+v", data, of, got.Elem(), want.Elem())
	}
}

func TestReadsAsEncodingJSON(t *testing.T) {
	for _, of := range []reflect.Type{
		reflect.TypeFor[everything](), reflect.TypeFor[string](), reflect.TypeFor[bool](), reflect.TypeFor[int8](), reflect.TypeFor[uint64](), reflect.TypeFor[float64](),
		reflect.TypeFor[*int64](), reflect.TypeFor[[]string](), reflect.TypeFor[[]*inner](),
	} {
		for _, text := range texts {
			same(t, []byte(text), of)
		}
	}
}

// sameText writes a value with both packages.
func sameText(t *testing.T, v any) []byte {
	t.Helper()
	got, err := json.Marshal(v)
	want, wantErr := stdjson.Marshal(v)
	if (err == nil) != (wantErr == nil) || err == nil && string(got) != string(want) {
		t.Fatalf("%+v is\n%s, %v; encoding/json:\n%s, %v", v, got, err, want, wantErr)
	}
	return want
}

func TestWritesAsEncodingJSON(t *testing.T) {
	for _, text := range texts {
		sameText(t, text)
	}
	for c := range rune(0x2100) {
		sameText(t, "a"+string(c)+"b")
	}
	for _, n := range []float64{0, math.Copysign(0, -1), 1, -1.5, 1e20, 1e21, 123e19, 1e-6, 9.9e-7, 1e-10, 1e100, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Pi, math.Inf(1), math.NaN()} {
		sameText(t, n)
	}
	sameText(t, everything{hidden: 1})
	sameText(t, &everything{Short: []*inner{nil, {}}, Untagged: []inner{}})
	sameText(t, (*everything)(nil))
	for _, v := range []any{nil, map[string]int{}, []byte("bytes"), make(chan int), struct{ F func() }{}} {
		if got, err := json.Marshal(v); err == nil {
			t.Errorf("%T was written: %s", v, got)
		}
	}
}

// TestTypesOfTheAPI writes and reads values of all types of package api with both packages, and texts that are not quite theirs.
func TestTypesOfTheAPI(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for name, of := range apiTypes(t) {
		for range 30 {
			v, ok := quick.Value(of, random)
			if !ok {
				t.Fatalf("no value of %s", name)
			}
			text := sameText(t, v.Interface())
			same(t, text, of)
			for range 10 {
				same(t, damage(text, random), of)
			}
		}
	}
}

// damage changes a few bytes of a text.
func damage(text []byte, random *rand.Rand) []byte {
	text = append([]byte(nil), text...)
	for range 1 + random.Intn(3) {
		at := random.Intn(len(text))
		switch random.Intn(3) {
		case 0:
			text[at] = `{}[]",:\u0123ntf-. `[random.Intn(19)]
		case 1:
			text = append(text[:at], text[min(len(text), at+1+random.Intn(4)):]...)
		default:
			text = append(text[:at:at], append([]byte(`"x":null,`), text[at:]...)...)
		}
		if len(text) == 0 {
			return text
		}
	}
	return text
}

func FuzzReadsAsEncodingJSON(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) { same(t, data, reflect.TypeFor[everything]()) })
}

func FuzzWritesAsEncodingJSON(f *testing.F) {
	f.Add("text\xff\u2028<", 1e-7, int64(-1))
	f.Fuzz(func(t *testing.T, text string, number float64, whole int64) {
		v := everything{Text: text, Kind: kind(text), Number: number, Whole: whole, Small: int8(whole), Natural: uint64(whole), Maybe: &text, Texts: []string{text}}
		if data := sameText(t, v); data != nil {
			same(t, data, reflect.TypeFor[everything]())
		}
	})
}
