package mls

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ours are exported names for what RFC 9420 leaves to implementations: storage,
// printing, limits.
var ours = regexp.MustCompile(`^(Err.*|String|GoString|Format|LogValue|MarshalJSON|Limits|Config|MarshalState|MarshalPrivate|` +
	`Restore.*|ParseKeyPackageBundle|.*Ratchets?|RatchetRecord|RatchetsSaved|DropExpired|Rewound|MarkRewound)$`)

// TestExportedNamesCiteTheRFC: whoever reads the documentation of a name finds
// the section of RFC 9420 it comes from, or the name is one of ours.
func TestExportedNamesCiteTheRFC(t *testing.T) {
	set := token.NewFileSet()
	packages, err := parser.ParseDir(set, ".", func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	p := doc.New(packages["mls"], "parley/mls", 0)
	check := func(name, text string) {
		if !ours.MatchString(name) && !strings.Contains(text, "section") {
			t.Errorf("%s: its documentation names no section of RFC 9420", name)
		}
	}
	for _, f := range p.Funcs {
		check(f.Name, f.Doc)
	}
	for _, ty := range p.Types {
		check(ty.Name, ty.Doc)
		for _, f := range slices.Concat(ty.Funcs, ty.Methods) {
			check(f.Name, f.Doc)
		}
		for _, c := range slices.Concat(ty.Consts, ty.Vars) {
			checkValues(ty.Doc, c, check)
		}
	}
}

// checkValues checks constants, whose type may name the section for all of them.
func checkValues(typeDoc string, v *doc.Value, check func(name, text string)) {
	for _, spec := range v.Decl.Specs {
		value := spec.(*ast.ValueSpec)
		text := typeDoc + v.Doc + value.Doc.Text() + value.Comment.Text()
		for _, name := range value.Names {
			if name.IsExported() {
				check(name.Name, text)
			}
		}
	}
}
