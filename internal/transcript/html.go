package transcript

import (
	_ "embed"
	"html"
	"io"
	"net/url"
	"path"
	"strings"
)

// style is the look of the pages; it is part of each.
//
//go:embed style.css
var style string

// policy is what a page may do, also where a mistake let something of a message
// through: show what lies beside it, and nothing else. No script, no frame, no form, no
// address.
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:; media-src 'self' file:; base-uri 'none'; form-action 'none'"

// htmlWriter writes a chat as a web page.
type htmlWriter struct {
	w    stickyWriter
	head Head
	day  string
}

// NewHTML begins a chat as a web page. Files are linked by their paths.
func NewHTML(to io.Writer, head Head) (Writer, error) {
	h := &htmlWriter{w: stickyWriter{to: to}, head: head}
	h.begin(head)
	return h, h.w.err
}

func (h *htmlWriter) begin(head Head) {
	title := html.EscapeString(head.Title)
	h.w.write("<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n",
		"<meta http-equiv=\"Content-Security-Policy\" content=\"", policy, "\">\n",
		"<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"viewport\" content=\"width=device-width\">\n",
		"<title>", title, "</title>\n<style>\n", style, "</style>\n</head>\n<body>\n<header>\n<h1 dir=\"auto\">", title, "</h1>\n")
	if head.About != "" {
		h.w.write("<p>", html.EscapeString(head.About), "</p>\n")
	}
	h.w.write("</header>\n<main>\n")
}

// Line implements Writer.
func (h *htmlWriter) Line(l Line) error {
	at := l.At.In(h.head.Zone)
	if day := at.Format(dayLayout); day != h.day {
		h.day = day
		h.w.write("<h2>", day, "</h2>\n")
	}
	class := "theirs"
	switch {
	case l.Sender == "":
		class = "told"
	case l.Mine:
		class = "mine"
	}
	h.w.write("<article class=\"", class, "\">\n")
	if l.Sender != "" {
		h.w.write("<b dir=\"auto\">", html.EscapeString(l.Sender), "</b>\n")
	}
	if l.Quote != "" {
		h.w.write("<blockquote dir=\"auto\">", html.EscapeString(l.Quote), "</blockquote>\n")
	}
	if l.File != nil {
		h.file(l.File)
	}
	if l.Text != "" {
		h.w.write("<p dir=\"auto\">", html.EscapeString(l.Text), "</p>\n")
	}
	for _, mark := range l.Marks {
		h.w.write("<small dir=\"auto\">", html.EscapeString(mark), "</small>\n")
	}
	h.w.write("<time datetime=\"", at.UTC().Format("2006-01-02T15:04:05Z"), "\">", at.Format(timeLayout), "</time>\n</article>\n")
	return h.w.err
}

func (h *htmlWriter) file(f *File) {
	name := html.EscapeString(f.Name)
	address := html.EscapeString((&url.URL{Path: f.Path}).EscapedPath())
	switch {
	case f.Path == "" || !Opens(f.Path):
		where := name
		if f.Path != "" {
			where = html.EscapeString(f.Path)
		}
		h.w.write("<p class=\"file\" dir=\"auto\">", where)
	case f.Kind == Picture:
		h.w.write("<p class=\"file\"><a href=\"", address, "\"><img src=\"", address, "\" alt=\"", name, "\" loading=\"lazy\"></a>")
	case f.Kind == Video:
		h.w.write("<p class=\"file\"><video src=\"", address, "\" controls preload=\"none\"></video>")
	case f.Kind == Sound:
		h.w.write("<p class=\"file\"><audio src=\"", address, "\" controls preload=\"none\"></audio>")
	default:
		h.w.write("<p class=\"file\" dir=\"auto\"><a href=\"", address, "\">", name, "</a>")
	}
	if f.Note != "" {
		h.w.write(" <small>", html.EscapeString(f.Note), "</small>")
	}
	h.w.write("</p>\n")
}

// Close implements Writer.
func (h *htmlWriter) Close() error {
	h.w.write("</main>\n</body>\n</html>\n")
	return h.w.err
}

// openable are the endings of files in which a browser that opens one runs nothing of
// it. A page or a drawing with scripts that somebody sent is named, not linked.
var openable = strings.Fields(".7z .aac .csv .doc .docx .flac .gif .gz .ics .jpeg .jpg .m4a .md .mov .mp3 .mp4 .odp .ods .odt .oga .ogg .opus .pdf .png .ppt .pptx .rtf .tar .txt .vcf .wav .weba .webm .webp .xls .xlsx .zip")

// Opens reports whether a file of this name may be linked from a page.
func Opens(name string) bool {
	ending := strings.ToLower(path.Ext(name))
	for _, known := range openable {
		if ending == known {
			return true
		}
	}
	return false
}

// Entry is one chat in an index.
type Entry struct {
	Title, Path, About string
}

// WriteIndex writes a page that leads to others.
func WriteIndex(to io.Writer, head Head, entries []Entry) error {
	h := &htmlWriter{w: stickyWriter{to: to}}
	h.begin(head)
	h.w.write("<ul>\n")
	for _, e := range entries {
		h.w.write("<li><a href=\"", html.EscapeString((&url.URL{Path: e.Path}).EscapedPath()), "\" dir=\"auto\">", html.EscapeString(e.Title),
			"</a> <small>", html.EscapeString(e.About), "</small></li>\n")
	}
	h.w.write("</ul>\n")
	return h.Close()
}
