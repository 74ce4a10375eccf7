package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxAnswer bounds what is read as an answer, bytes.
const maxAnswer = 4096

// errNoAnswer is the error of a question whose input ended.
var errNoAnswer = errors.New("the question was not answered")

// ask puts a question on standard error and reads one line. It ends with ctx,
// even while standard input is silent.
func (d *device) ask(ctx context.Context, question string) (string, error) {
	fmt.Fprint(d.std.err, question)
	type answer struct {
		text string
		err  error
	}
	read := make(chan answer, 1)
	go func() {
		text, err := readAnswer(d.std.in)
		read <- answer{text, err}
	}()
	select {
	case a := <-read:
		return a.text, a.err
	case <-ctx.Done():
		fmt.Fprintln(d.std.err)
		return "", ctx.Err()
	}
}

// readAnswer reads byte by byte, so that what follows stays for the next
// question.
func readAnswer(in io.Reader) (string, error) {
	line, err := bufio.NewReaderSize(oneByte{io.LimitReader(in, maxAnswer)}, 16).ReadString('\n')
	if err != nil && line == "" {
		return "", errNoAnswer
	}
	return strings.TrimSpace(line), nil
}

// oneByte keeps a buffered reader from reading ahead.
type oneByte struct{ io.Reader }

func (r oneByte) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(1, len(p))]) }
