// Package doctest holds the documentation to the files it names: relative links
// and paths of this repository in code spans must exist. It does not look at
// code blocks, at the part of a link behind #, or at addresses elsewhere.
package doctest

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	fence = regexp.MustCompile("^\\s*(```|~~~)")
	link  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	span  = regexp.MustCompile("`([^`]+)`")
	// filePath is a path with a folder and the name of a source file.
	filePath = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)*/[\w.-]+\.(go|proto|sql|ts|js|mjs|svelte|css|html|json|md|mod|sh|yml)$`)
	// anyPath is a path that may be a folder's; dots stand for all below it.
	anyPath = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)+/?$`)
)

// Problems tells, a line each, which names in the documents of a repository are
// of nothing. Documents are Markdown files at the root and below docs.
func Problems(repository fs.FS) ([]string, error) {
	documents, err := documents(repository)
	if err != nil {
		return nil, err
	}
	var problems []string
	for _, document := range documents {
		text, err := fs.ReadFile(repository, document)
		if err != nil {
			return nil, err
		}
		problems = append(problems, check(repository, document, string(text))...)
	}
	return problems, nil
}

// documents lists what is checked.
func documents(repository fs.FS) ([]string, error) {
	found, err := fs.Glob(repository, "*.md")
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(repository, "docs", func(name string, _ fs.DirEntry, err error) error {
		if path.Ext(name) == ".md" {
			found = append(found, name)
		}
		return err
	})
	return found, err
}

// check tells what one document names wrongly.
func check(repository fs.FS, document, text string) []string {
	var problems []string
	inFence := false
	for i, line := range strings.Split(text, "\n") {
		if fence.MatchString(line) {
			inFence = !inFence
			continue
		}
		if inFence {
			continue
		}
		for _, name := range slices.Concat(linked(document, line), spanned(repository, line)) {
			if _, err := fs.Stat(repository, name); err != nil {
				problems = append(problems, fmt.Sprintf("%s:%d: there is no %s", document, i+1, name))
			}
		}
	}
	return problems
}

// linked lists the targets of a line's relative links, from the root.
func linked(document, line string) []string {
	var names []string
	for _, match := range link.FindAllStringSubmatch(line, -1) {
		target, _, _ := strings.Cut(match[1], "#")
		if target == "" || strings.Contains(target, ":") {
			continue
		}
		names = append(names, path.Join(path.Dir(document), target))
	}
	return names
}

// spanned lists the paths in a line's code spans that must be this
// repository's: those of source files, and those that begin with a folder at
// the root.
func spanned(repository fs.FS, line string) []string {
	var names []string
	for _, match := range span.FindAllStringSubmatch(line, -1) {
		name := strings.TrimSuffix(match[1], "/...")
		top, _, inside := strings.Cut(name, "/")
		if inside && strings.Index(top, ".") > 0 {
			continue // a module, as github.com/nats-io/nats.go
		}
		if filePath.MatchString(name) || anyPath.MatchString(name) && isFolder(repository, top) {
			names = append(names, path.Clean(name))
		}
	}
	return names
}

func isFolder(repository fs.FS, name string) bool {
	info, err := fs.Stat(repository, name)
	return err == nil && info.IsDir()
}
