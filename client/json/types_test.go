package json_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// apiTypes are the structs of package api, made of its source, so that none is forgotten. It fails where there is something
// that package json does not know.
func apiTypes(t *testing.T) map[string]reflect.Type {
	t.Helper()
	s := source{t, map[string]ast.Expr{}}
	files, err := filepath.Glob("../api/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no source of package api", err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") {
			s.read(file)
		}
	}
	types := map[string]reflect.Type{}
	for name, declared := range s.types {
		if _, ok := declared.(*ast.StructType); ok {
			types[name] = s.of(declared)
		}
	}
	if len(types) < 50 || types["Message"] == nil {
		t.Fatalf("%d types were found", len(types))
	}
	return types
}

// source are declared types by their names.
type source struct {
	t     *testing.T
	types map[string]ast.Expr
}

func (s source) read(file string) {
	s.t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		s.t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv != nil && slices.Contains([]string{"MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText"}, n.Name.Name) {
				s.t.Errorf("%s: package json calls no %s", file, n.Name.Name)
			}
			return false
		case *ast.TypeSpec:
			if n.TypeParams == nil {
				s.types[n.Name.Name] = n.Type
			}
		}
		return true
	})
}

var basic = map[string]reflect.Type{
	"string": reflect.TypeFor[string](), "bool": reflect.TypeFor[bool](), "int": reflect.TypeFor[int](), "int64": reflect.TypeFor[int64](),
	"uint32": reflect.TypeFor[uint32](), "uint64": reflect.TypeFor[uint64](), "float64": reflect.TypeFor[float64](),
}

// of is the type that an expression stands for, with the same tags and without names.
func (s source) of(e ast.Expr) reflect.Type {
	s.t.Helper()
	switch e := e.(type) {
	case *ast.Ident:
		if known := basic[e.Name]; known != nil {
			return known
		}
		if declared := s.types[e.Name]; declared != nil {
			return s.of(declared)
		}
	case *ast.StarExpr:
		return reflect.PointerTo(s.of(e.X))
	case *ast.ArrayType:
		if element := s.of(e.Elt); e.Len == nil && element.Kind() != reflect.Uint8 {
			return reflect.SliceOf(element)
		}
	case *ast.StructType:
		return s.structOf(e)
	}
	s.t.Fatalf("package json does not know %T %v", e, e)
	return nil
}

func (s source) structOf(e *ast.StructType) reflect.Type {
	s.t.Helper()
	var fields []reflect.StructField
	for _, f := range e.Fields.List {
		if len(f.Names) == 0 {
			s.t.Fatalf("package json does not know embedded fields: %v", f.Type)
		}
		var tag string
		if f.Tag != nil {
			tag = strings.Trim(f.Tag.Value, "`")
		}
		if _, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ","); options != "" && options != "omitempty" {
			s.t.Fatalf("package json does not know the option %s", options)
		}
		for _, name := range f.Names {
			if name.IsExported() && !strings.Contains(tag, `json:"-"`) {
				fields = append(fields, reflect.StructField{Name: name.Name, Type: s.of(f.Type), Tag: reflect.StructTag(tag)})
			}
		}
	}
	return reflect.StructOf(fields)
}
