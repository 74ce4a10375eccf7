package peer

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Request is one line to a peer.
type Request struct {
	Op string
	// Data is hex: what the operation needs.
	Data string `json:",omitempty"`
	// Public has a commit sent as a PublicMessage; the default is a
	// PrivateMessage. External commits are public in any case.
	Public bool `json:",omitempty"`
}

func (r Request) bytes() ([]byte, error) {
	data, err := hex.DecodeString(r.Data)
	if err != nil {
		return nil, fmt.Errorf("the data is not hex: %w", err)
	}
	return data, nil
}

// Answer is one line from a peer. Fields that the operation does not give are
// left out; Err stands alone.
type Answer struct {
	Err                string   `json:"err,omitempty"`
	KeyPackage         HexBytes `json:"kp,omitzero"`
	EpochAuthenticator HexBytes `json:"ea,omitzero"`
	Welcome            HexBytes `json:"welcome,omitzero"`
	Message            HexBytes `json:"msg,omitzero"`
	Plaintext          HexBytes `json:"pt,omitzero"`
	Commit             HexBytes `json:"commit,omitzero"`
	GroupInfo          HexBytes `json:"gi,omitzero"`
	Exported           HexBytes `json:"x,omitzero"`
}

// HexBytes travel as hexadecimal text.
type HexBytes []byte

// MarshalText encodes b; it never fails.
func (b HexBytes) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, b), nil }

// UnmarshalText decodes hexadecimal text of either case.
func (b *HexBytes) UnmarshalText(text []byte) (err error) {
	*b, err = hex.AppendDecode([]byte{}, text)
	return err
}

// Serve answers each line of r with one line to w until r ends. Empty lines
// are passed over. Errors: those of reading and writing.
func Serve(p *Peer, r io.Reader, w io.Writer) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if err := answerLine(p, line, w); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func answerLine(p *Peer, line []byte, w io.Writer) error {
	var r Request
	var a Answer
	if err := json.Unmarshal(line, &r); err != nil {
		a.Err = fmt.Sprintf(`not a request: %v; one looks like {"Op":"send","Data":"68656c6c6f"}`, err)
	} else {
		a = p.Do(r)
	}
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}
