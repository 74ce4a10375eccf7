// Package web holds the built web app, so that one binary serves it.
//
// It promises the files of web/dist as they were when the binary was built, each beside its brotli form
// (name + ".br") where that is smaller. It does not serve them and does not know HTTP. On a checkout whose web app
// was never built the tree is empty but for a placeholder: ask Built.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files is the built web app, rooted at its index.html. It is read-only and safe for concurrent use.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("web: embedded tree without dist: " + err.Error())
	}
	return files
}

// Built says whether the binary carries a web app; without it there is nothing to serve but an explanation.
func Built() bool {
	_, err := fs.Stat(Files(), "index.html")
	return err == nil
}
