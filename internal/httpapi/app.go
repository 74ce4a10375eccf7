package httpapi

import (
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// contentPolicy lets the app run its own scripts and its wasm core, talk to
// its own relay, and nothing else. Nothing may be inline, styles neither:
// what the UI sets on elements by script is not inline in the policy's sense. Pictures
// and sounds of messages are blobs that the page itself has opened.
const contentPolicy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
	"connect-src 'self' ws: wss:; img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; " +
	"object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// app serves the files of the built web app.
type app struct{ files fs.FS }

func newApp(files fs.FS) http.Handler { return &app{files} }

// ServeHTTP implements http.Handler.
func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setSecurityHeaders(w.Header())
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if !a.has(name) {
		if path.Ext(name) != "" || !a.has("index.html") {
			http.NotFound(w, r)
			return
		}
		name = "index.html" // the app has its own routes
	}
	a.serve(w, r, name)
}

// has reports whether a regular file is there; compressed forms are not files
// of their own.
func (a *app) has(name string) bool {
	if !fs.ValidPath(name) || strings.HasSuffix(name, ".br") {
		return false
	}
	info, err := fs.Stat(a.files, name)
	return err == nil && info.Mode().IsRegular()
}

func (a *app) serve(w http.ResponseWriter, r *http.Request, name string) {
	h := w.Header()
	h.Set("Cache-Control", cacheControl(name))
	h.Set("Vary", "Accept-Encoding")
	if kind := contentType(name); kind != "" {
		h.Set("Content-Type", kind)
	}
	if acceptsBrotli(r) {
		if _, err := fs.Stat(a.files, name+".br"); err == nil {
			h.Set("Content-Encoding", "br")
			name += ".br"
		}
	}
	content, err := fs.ReadFile(a.files, name)
	if err != nil {
		http.Error(w, "this file cannot be read", http.StatusInternalServerError)
		return
	}
	if r.Method != http.MethodHead {
		_, _ = w.Write(content) //nolint:gosec // our own files; an error means that the reader is gone
	}
}

// cacheControl keeps files with a hash in their name for ever, and has the
// others asked for each time.
func cacheControl(name string) string {
	if strings.HasPrefix(name, "assets/") {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}

func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".wasm":
		return "application/wasm"
	case ".webmanifest":
		return "application/manifest+json"
	case ".js":
		return "text/javascript; charset=utf-8"
	default:
		return mime.TypeByExtension(ext)
	}
}

func acceptsBrotli(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if coding == "br" && strings.ReplaceAll(weight, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

func setSecurityHeaders(h http.Header) {
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "camera=(self), microphone=(self), geolocation=()")
}
