// Package transcript writes chats to be read without the app (M56): as text, or as web
// pages that load nothing from outside and run nothing. It knows no core: who calls it
// brings the lines, the earliest first, so that memory does not grow with a chat.
package transcript

import (
	"io"
	"time"
)

// Line is one message, or something the app told.
type Line struct {
	At time.Time
	// Sender is who wrote it; empty for what the app told.
	Sender string
	Mine   bool
	Text   string
	// Quote is the beginning of the message that it answers.
	Quote string
	// Marks tell what was done to it: edited, reactions, answers to a poll.
	Marks []string
	File  *File
}

// File is the file of a message.
type File struct {
	Name string
	// Path is where it lies, from the page, with slashes; empty if it is not there.
	Path string
	Kind Kind
	// Note is what is said beside it: its size, or why it is not there.
	Note string
}

// Kind is how a file is shown.
type Kind int

// Kinds of files.
const (
	Document Kind = iota
	Picture
	Video
	Sound
)

// Writer writes one chat.
type Writer interface {
	// Line writes a message. Errors are those of writing.
	Line(Line) error
	// Close ends the chat; it does not close what it was written to.
	Close() error
}

// Head is what stands at the beginning of a chat.
type Head struct {
	Title string
	// About is a line below it.
	About string
	// Zone is whose clock the times are by.
	Zone *time.Location
}

const (
	dayLayout  = "2006-01-02"
	timeLayout = "15:04"
)

// stickyWriter keeps the first error, so that callers check once a line.
type stickyWriter struct {
	to  io.Writer
	err error
}

func (w *stickyWriter) write(parts ...string) {
	for _, part := range parts {
		if w.err == nil {
			_, w.err = io.WriteString(w.to, part)
		}
	}
}
