package mls

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
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
	p := packageDocumentation(t)
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

// packageDocumentation is what go doc shows of this package, whatever the build tags.
func packageDocumentation(t *testing.T) *doc.Package {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	p, err := doc.NewFromFiles(set, files, "parley/mls")
	if err != nil {
		t.Fatal(err)
	}
	return p
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

// TestPageNamesTests: each test that docs/mls.md refers to is there.
func TestPageNamesTests(t *testing.T) {
	page, err := os.ReadFile(conformancePage)
	if err != nil {
		t.Fatal(err)
	}
	var sources strings.Builder
	err = filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		sources.Write(source)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Z][A-Za-z0-9_]*)`").FindAllStringSubmatch(string(page), -1)
	if len(names) < 50 {
		t.Fatalf("the page names %d tests", len(names))
	}
	for _, name := range names {
		if !strings.Contains(sources.String(), "\nfunc "+name[1]+"(") {
			t.Errorf("there is no %s", name[1])
		}
	}
}
