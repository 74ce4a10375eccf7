package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// domain is what the servers of XMPP serve.
const domain = "localhost"

// management is the namespace of XEP-0198, by which each side tells how many stanzas it has.
const management = "urn:xmpp:sm:3"

// xmpp is the connection of an account.
type xmpp struct {
	net.Conn
	in  *xml.Decoder
	out *bufio.Writer
	// to is whom it sends to; told is how many stanzas the server has told it has.
	to   string
	told int
	// got is how many stanzas have come; the server is told when it asks.
	got int
}

// connectXMPP returns what connects pairs to a server.
func connectXMPP(address string) func(context.Context, int) (sender, receiver, error) {
	return func(ctx context.Context, pair int) (sender, receiver, error) {
		from, err := dialXMPP(ctx, address, fmt.Sprintf("from%d", pair))
		if err != nil {
			return nil, nil, err
		}
		to, err := dialXMPP(ctx, address, fmt.Sprintf("to%d", pair))
		if err != nil {
			return nil, nil, err
		}
		from.to = fmt.Sprintf("to%d@%s", pair, domain)
		// The answer says that the server has seen the presence before it.
		return from, to, to.exchange("<presence/><iq type='get' id='p' to='"+domain+"'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>", "iq")
	}
}

// dialXMPP makes an account (XEP-0077) and signs it in: SASL PLAIN without TLS, which
// loopback allows.
func dialXMPP(ctx context.Context, address, name string) (*xmpp, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	x := &xmpp{Conn: conn, out: bufio.NewWriter(conn)}
	password := "password-of-" + name
	plain := base64.StdEncoding.EncodeToString([]byte("\x00" + name + "\x00" + password))
	for _, step := range []struct{ say, want string }{
		{"", "features"},
		{"<iq type='set' id='r' to='" + domain + "'><query xmlns='jabber:iq:register'><username>" + name + "</username><password>" + password + "</password></query></iq>", "iq"},
		{"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + plain + "</auth>", "success"},
		{"", "features"},
		{"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "iq"},
		{"<enable xmlns='" + management + "'/>", "enabled"},
	} {
		if step.say == "" {
			x.in = xml.NewDecoder(bufio.NewReader(conn))
			step.say = "<?xml version='1.0'?><stream:stream to='" + domain + "' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
		}
		if err := x.exchange(step.say, step.want); err != nil {
			return nil, fmt.Errorf("%s: %w", step.want, err)
		}
	}
	x.got = 0
	return x, nil
}

// exchange writes something and waits for an element.
func (x *xmpp) exchange(say, want string) error {
	if _, err := io.WriteString(x.out, say); err != nil {
		return err
	}
	if err := x.out.Flush(); err != nil {
		return err
	}
	for {
		element, err := x.next()
		if err != nil {
			return err
		}
		if kind := attribute(element, "type"); element.Name.Local == "failure" || kind == "error" {
			return fmt.Errorf("the server refuses %s", element.Name.Local)
		}
		if element.Name.Local == want {
			return nil
		}
	}
}

// next returns the next child of the stream, without what is in it.
func (x *xmpp) next() (xml.StartElement, error) {
	for {
		token, err := x.in.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		element, ok := token.(xml.StartElement)
		if !ok || element.Name.Local == "stream" {
			continue
		}
		element = element.Copy()
		switch element.Name.Local {
		case "message", "presence", "iq":
			x.got++
		}
		return element, x.in.Skip()
	}
}

func attribute(element xml.StartElement, name string) string {
	for _, a := range element.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (x *xmpp) send(n int, text string) error {
	for range n {
		// Errors come with the flush.
		_, _ = io.WriteString(x.out, "<message type='chat' to='"+x.to+"'><body>")
		_, _ = io.WriteString(x.out, text)
		_, _ = io.WriteString(x.out, "</body></message>")
	}
	_, _ = io.WriteString(x.out, "<r xmlns='"+management+"'/>")
	return x.out.Flush()
}

func (x *xmpp) acknowledged() (int, error) {
	for {
		element, err := x.next()
		if err != nil {
			return 0, err
		}
		switch element.Name.Local {
		case "a":
			h, err := strconv.Atoi(attribute(element, "h"))
			n := h - x.told
			x.told = h
			return n, err
		case "error":
			return 0, fmt.Errorf("the server ends the stream")
		case "message":
			if attribute(element, "type") == "error" {
				return 0, fmt.Errorf("a message came back")
			}
		case "r":
			if err := x.tell(); err != nil {
				return 0, err
			}
		}
	}
}

// tell tells the server how many stanzas have come.
func (x *xmpp) tell() error {
	_, _ = io.WriteString(x.out, "<a xmlns='"+management+"' h='"+strconv.Itoa(x.got)+"'/>") // the error comes with the flush
	return x.out.Flush()
}

func (x *xmpp) receive() (int, error) {
	for {
		element, err := x.next()
		if err != nil {
			return 0, err
		}
		switch element.Name.Local {
		case "message":
			if from := attribute(element, "from"); strings.HasPrefix(from, "from") {
				return 1, nil
			}
		case "r":
			if err := x.tell(); err != nil {
				return 0, err
			}
		}
	}
}
