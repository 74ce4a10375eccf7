package mls

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"testing"
	"unsafe"
)

// secretTypes are all types that hold secrets. TestSecretTypesAreListed keeps
// the list complete.
var secretTypes = []any{
	secret{},
	keyPair{},
	nodeKeys{},
	messageKey{},
	skippedKey{},
	ratchet{},
	leafRatchets{},
	secretTree{},
	keyUse{},
	epoch{},
	epochSecrets{},
	nextEpoch{},
	transition{},
	scheduled{},
	epochView{},
	opened{},
	ratchetEpoch{},
	ratchetLoader{},
	newPath{},
	pathReader{},
	commitBuilder{},
	pendingCommit{},
	staging{},
	StagedCommit{},
	storedProposal{},
	pastEpoch{},
	resumptionSecret{},
	Group{},
	ExternalJoin{},
	KeyPackageBundle{},
	welcomeJoin{},
	groupSecrets{},
	selection{},
	candidates{},
	derivation{},
	Received{},
}

// TestSecretTypesAreListed reads the package's source: a type whose values
// hold a secret, directly or through other types, is in secretTypes.
func TestSecretTypesAreListed(t *testing.T) {
	listed := map[string]bool{}
	for _, v := range secretTypes {
		listed[reflect.TypeOf(v).Name()] = true
	}
	found := holders(t)
	for name := range found {
		if !listed[name] {
			t.Errorf("%s holds secrets and is not listed: give it a Format method in redact.go, and list it", name)
		}
	}
	if len(found) < 20 {
		t.Errorf("the test finds only %d types", len(found))
	}
	for name := range listed {
		if !found[name] {
			t.Errorf("%s holds no secret", name)
		}
	}
}

// holders names the types that hold secrets.
func holders(t *testing.T) map[string]bool {
	types := map[string]ast.Expr{}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				types[spec.Name.Name] = spec.Type
			}
			return true
		})
	}
	found := map[string]bool{"secret": true}
	for before := 0; before != len(found); {
		before = len(found)
		for name, expr := range types {
			if mentions(expr, found) {
				found[name] = true
			}
		}
	}
	return found
}

// mentions tells whether values of a type reach one of the named types.
func mentions(expr ast.Expr, names map[string]bool) (there bool) {
	ast.Inspect(expr, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncType, *ast.InterfaceType, *ast.SelectorExpr:
			return false
		case *ast.Field:
			there = there || mentions(n.Type, names)
			return false
		case *ast.Ident:
			there = there || names[n.Name]
		}
		return true
	})
	return there
}

// marker fills all secrets of this test.
const marker = 0xA7

// fill sets every secret that can be reached from v.
func fill(v reflect.Value, depth int) {
	if depth > 6 {
		return
	}
	if !v.CanSet() && v.CanAddr() {
		v = reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
	}
	if v.Type() == reflect.TypeFor[secret]() {
		key := make(secret, 32)
		for i := range key {
			key[i] = marker
		}
		v.Set(reflect.ValueOf(key))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), depth+1)
		}
	case reflect.Pointer:
		if v.Type().Elem().PkgPath() == reflect.TypeFor[Group]().PkgPath() {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), depth+1)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fill(v.Index(0), depth+1)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(value, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	default:
	}
}

// TestNoSecretIsPrinted prints each type that holds secrets, by value and by
// pointer, alone and inside others, in every way there is.
func TestNoSecretIsPrinted(t *testing.T) {
	values := []any{
		RatchetRecord{Key: []byte("key"), Value: []byte(strings.Repeat("\xa7", 32))},
		Config{Signer: ed25519.NewKeyFromSeed([]byte(strings.Repeat("\xa7", 32)))},
	}
	for _, v := range secretTypes {
		filled := reflect.New(reflect.TypeOf(v))
		fill(filled.Elem(), 0)
		values = append(values, filled.Interface(), filled.Elem().Interface())
	}
	for _, v := range values {
		printed := printAll(v)
		for _, form := range []string{"\xa7\xa7\xa7", "a7a7a7", "A7A7A7", "167 167 167", "167,167,167", `\xa7\xa7`, "p6enp6en", "0xa7, 0xa7"} {
			if at := strings.Index(printed, form); at >= 0 {
				t.Errorf("%T prints a secret: %q", v, printed[max(0, at-60):at+10])
				break
			}
		}
	}
}

// printAll prints a value as fmt, slog, json and errors do.
func printAll(v any) string {
	var out strings.Builder
	type inside struct {
		V any
		P *any
	}
	for _, v := range []any{v, []any{v}, map[string]any{"k": v}, inside{v, &v}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		fmt.Fprintln(&out, v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", slog.Any("v", v))
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", slog.Any("v", v))
		encoded, _ := json.Marshal(v)
		out.Write(encoded)
		out.WriteString(errors.Join(ErrState, fmt.Errorf("%v: %w", v, ErrState), because(ErrState, fmt.Errorf("%+v", v))).Error())
	}
	return out.String()
}
