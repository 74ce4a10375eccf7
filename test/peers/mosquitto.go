package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
)

func mosquitto(ctx context.Context, dir string) (*running, error) {
	address, port, err := freeAddress()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "mosquitto.conf")
	text := "listener " + port + " 127.0.0.1\nallow_anonymous true\nuser root\npersistence true\npersistence_location " + dir +
		"/\nmax_inflight_messages 0\nmax_queued_messages 0\nset_tcp_nodelay true\nlog_type error\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	p, err := start(dir, nil, "/usr/sbin/mosquitto", "-c", config)
	if err != nil {
		return nil, err
	}
	if err := p.await(ctx, address); err != nil {
		return nil, err
	}
	connect := func(ctx context.Context, pair int) (sender, receiver, error) {
		topic := fmt.Sprintf("to/%d", pair)
		from, err := dialMQTT(ctx, address, fmt.Sprintf("from%d", pair))
		if err != nil {
			return nil, nil, err
		}
		to, err := dialMQTT(ctx, address, fmt.Sprintf("to%d", pair))
		if err != nil {
			return nil, nil, err
		}
		from.topic = topic
		return from, to, to.subscribe(topic)
	}
	return &running{pids: []int{p.Process.Pid}, connect: connect, stop: p.stop}, nil
}

// The packets of MQTT 3.1.1 (section 2.2.1) that are needed, with their flags.
const (
	mqttConnect   = 0x10
	mqttConnAck   = 0x20
	mqttPublish   = 0x30
	mqttQoS1      = 0x02
	mqttPubAck    = 0x40
	mqttSubscribe = 0x82
	mqttSubAck    = 0x90
)

// mqtt is a connection of a client with a session that is kept.
type mqtt struct {
	net.Conn
	in    *bufio.Reader
	out   *bufio.Writer
	topic string
	id    uint16
}

func dialMQTT(ctx context.Context, address, name string) (*mqtt, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	m := &mqtt{Conn: conn, in: bufio.NewReader(conn), out: bufio.NewWriter(conn)}
	// Protocol MQTT of level 4, no flags but that the session is kept, no keep-alive.
	m.packet(mqttConnect, []byte{0, 4, 'M', 'Q', 'T', 'T', 4, 0, 0, 0}, mqttString(name))
	return m, m.expect(mqttConnAck)
}

func (m *mqtt) subscribe(topic string) error {
	m.packet(mqttSubscribe, []byte{0, 1}, mqttString(topic), []byte{1})
	return m.expect(mqttSubAck)
}

func mqttString(text string) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(text))), text...)
}

// packet writes a packet into the buffer.
func (m *mqtt) packet(kind byte, parts ...[]byte) {
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	// Errors come with the flush.
	_ = m.out.WriteByte(kind)
	_, _ = m.out.Write(binary.AppendUvarint(nil, uint64(size))) // the same as section 2.2.3 has
	for _, part := range parts {
		_, _ = m.out.Write(part)
	}
}

func (m *mqtt) expect(kind byte) error {
	if err := m.out.Flush(); err != nil {
		return err
	}
	got, _, err := m.read()
	if err == nil && got != kind {
		err = fmt.Errorf("packet %#x came, not %#x", got, kind)
	}
	return err
}

func (m *mqtt) read() (kind byte, body []byte, err error) {
	if kind, err = m.in.ReadByte(); err != nil {
		return 0, nil, err
	}
	size, err := binary.ReadUvarint(m.in)
	if err != nil {
		return 0, nil, err
	}
	if size > 1<<20 {
		return 0, nil, errors.New("a packet is too large")
	}
	body = make([]byte, size)
	_, err = io.ReadFull(m.in, body)
	return kind, body, err
}

func (m *mqtt) send(n int, text string) error {
	for range n {
		m.id = max(1, m.id+1)
		m.packet(mqttPublish|mqttQoS1, mqttString(m.topic), binary.BigEndian.AppendUint16(nil, m.id), []byte(text))
	}
	return m.out.Flush()
}

func (m *mqtt) acknowledged() (int, error) {
	kind, _, err := m.read()
	if err == nil && kind != mqttPubAck {
		err = fmt.Errorf("packet %#x came, not an acknowledgement", kind)
	}
	return 1, err
}

func (m *mqtt) receive() (int, error) {
	kind, body, err := m.read()
	if err != nil {
		return 0, err
	}
	if kind&0xf0 != mqttPublish || len(body) < 2 {
		return 0, fmt.Errorf("packet %#x came, not a message", kind)
	}
	topic := int(binary.BigEndian.Uint16(body))
	m.packet(mqttPubAck, body[2+topic:4+topic])
	if m.in.Buffered() > 0 {
		return 1, nil // more is there: acknowledged together
	}
	return 1, m.out.Flush()
}
