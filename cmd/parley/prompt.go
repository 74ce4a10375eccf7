package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"parley/internal/terminal"
)

// maxAnswer bounds what is read as an answer, bytes.
const maxAnswer = 4096

// errNoAnswer is the error of a question whose input ended.
var errNoAnswer = errors.New("the question was not answered")

// ask puts a question on standard error and reads one line. It ends with ctx,
// even while standard input is silent.
func (d *device) ask(ctx context.Context, question string) (string, error) {
	return d.await(ctx, question, func() (string, error) { return readAnswer(d.std.in) })
}

// askSecret is ask for PINs and passphrases: on a terminal, what is typed does
// not appear.
func (d *device) askSecret(ctx context.Context, question string) (string, error) {
	hidden, ok := terminal.Hide(d.std.in)
	if !ok {
		return d.ask(ctx, question)
	}
	// Given up while somebody types: the terminal must echo again all the same.
	defer hidden.Show()
	answer, err := d.await(ctx, question, hidden.ReadLine)
	if errors.Is(err, io.EOF) {
		err = errNoAnswer
	}
	if err == nil {
		fmt.Fprintln(d.std.err) // the end of the line did not appear either
	}
	return strings.TrimSpace(answer), err
}

// await reads the answer beside, so that it can be given up.
func (d *device) await(ctx context.Context, question string, read func() (string, error)) (string, error) {
	fmt.Fprint(d.std.err, question)
	type answer struct {
		text string
		err  error
	}
	given := make(chan answer, 1)
	go func() {
		text, err := read()
		given <- answer{text, err}
	}()
	select {
	case a := <-given:
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
