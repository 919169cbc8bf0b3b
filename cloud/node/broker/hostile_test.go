package broker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/topic"
)

// packet is an MQTT packet with its length.
func packet(head byte, body ...[]byte) []byte {
	all := bytes.Join(body, nil)
	return append(binary.AppendUvarint([]byte{head}, uint64(len(all))), all...)
}

// text is a string as MQTT writes it.
func text(s string) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...) }

// hello is a CONNECT of MQTT 3.1.1 that the gate lets in.
func hello(node string, more byte) []byte {
	return packet(0x10, text("MQTT"), []byte{4, 0xc2 | more, 0, 30}, text(node), text(node), text("token-of-"+node))
}

// knock opens a connection of a known node over plain TCP.
func knock(t *testing.T, b *Broker, node string) net.Conn {
	t.Helper()
	raw, err := net.Dial("tcp", b.Addr("tcp"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = raw.Close() })
	require.NoError(t, raw.SetDeadline(time.Now().Add(wait)))
	_, err = raw.Write(hello(node, 0))
	require.NoError(t, err)
	ack := make([]byte, 4)
	_, err = io.ReadFull(raw, ack)
	require.NoError(t, err)
	require.Equal(t, []byte{0x20, 2, 0, 0}, ack)
	return raw
}

// ended waits until the broker has closed a connection.
func ended(t *testing.T, raw net.Conn) {
	t.Helper()
	_, err := io.Copy(io.Discard, raw)
	require.False(t, errors.Is(err, os.ErrDeadlineExceeded), "the sender keeps its connection")
}

// listening is the cloud hearing everything that nodes say.
func listening(t *testing.T, b *Broker) chan string {
	t.Helper()
	cloud, err := connect(t, b, "tcp", "cloud-1", CloudUser, "cloud-secret", nil)
	require.NoError(t, err)
	got := make(chan string, 16)
	take := func(_ mqtt.Client, m mqtt.Message) { got <- m.Topic() + " " + string(m.Payload()) }
	sub := cloud.SubscribeMultiple(map[string]byte{topic.SharedUp(CloudUser): 1, topic.SharedState(CloudUser): 1}, take)
	require.True(t, sub.WaitTimeout(wait))
	require.NoError(t, sub.Error())
	return got
}

// TestHostilePackets: what breaks the protocol costs its sender the connection;
// nothing of it reaches anybody, and the next node is served.
func TestHostilePackets(t *testing.T) {
	t.Parallel()
	up := text(topic.Up("n-1"))
	cases := map[string][]byte{
		"wildcard + in a publish":            packet(0x30, text("huyun/v1/+/up"), []byte("bad")),
		"wildcard # in a publish":            packet(0x30, text("huyun/v1/#"), []byte("bad")),
		"empty topic":                        packet(0x30, text(""), []byte("bad")),
		"zero in a topic":                    packet(0x30, text("huyun/v1/n-1\x00/up"), []byte("bad")),
		"surrogate in a topic":               packet(0x30, text("huyun/v1/\xed\xa0\x80/up"), []byte("bad")),
		"quality of service 3":               packet(0x36, up, []byte{0, 1}, []byte("bad")),
		"packet id 0":                        packet(0x32, up, []byte{0, 0}, []byte("bad")),
		"connecting twice":                   hello("n-1", 0),
		"length of five bytes":               {0x30, 0xff, 0xff, 0xff, 0xff, 0x7f},
		"longest length, nothing else":       {0x30, 0xff, 0xff, 0xff, 0x7f},
		"a packet beyond the limit":          packet(0x30, up, make([]byte, maxPacket)),
		"topic longer than its packet":       {0x30, 4, 0xff, 0xff, 'a', 'b'},
		"a packet type that is reserved":     packet(0x00),
		"flags that a subscribe cannot have": packet(0x80, []byte{0, 1}, text(topic.Down("n-1")), []byte{1}),
		"subscribing to nothing":             packet(0x82, []byte{0, 1}),
	}
	for name, bad := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _ := start(t)
			got := listening(t, b)
			raw := knock(t, b, "n-1")
			_, _ = raw.Write(bad) // the broker may hang up in the middle of it
			ended(t, raw)
			served(t, b, got)
		})
	}
}

// served lets another node say something, which is the first thing heard.
func served(t *testing.T, b *Broker, got chan string) {
	t.Helper()
	good, err := connect(t, b, "tcp", "n-2", "n-2", "token-of-n-2", nil)
	require.NoError(t, err)
	require.True(t, good.Publish(topic.Up("n-2"), 1, false, "well").WaitTimeout(wait))
	require.Equal(t, topic.Up("n-2")+" well", receive(t, got))
}

// alive asks for a sign of life; what was sent before has been dealt with then.
func alive(raw net.Conn) bool {
	_, err := raw.Write(packet(0xc0))
	var heard []byte
	for err == nil && !bytes.HasSuffix(heard, []byte{0xd0, 0}) {
		one := make([]byte, 1)
		_, err = raw.Read(one)
		heard = append(heard, one...)
	}
	return err == nil
}

// TestMisplacedPublishes: well-formed, but not the node's to say. What the node
// says afterwards, on this connection or the next, is the first anybody hears.
func TestMisplacedPublishes(t *testing.T) {
	t.Parallel()
	cases := map[string][]byte{
		"another node's topic":   packet(0x30, text(topic.Up("n-2")), []byte("bad")),
		"another node's state":   packet(0x30, text(topic.State("n-2")), []byte("bad")),
		"an order to oneself":    packet(0x30, text(topic.Down("n-1")), []byte("bad")),
		"the broker's own":       packet(0x30, text("$SYS/broker/uptime"), []byte("bad")),
		"a shared name":          packet(0x30, text("$share/cloud/huyun/v1/n-1/up"), []byte("bad")),
		"a very long topic":      packet(0x30, text(strings.Repeat("a", 65535)), []byte("bad")),
		"a topic with a slash":   packet(0x30, text(topic.Up("n-1")+"/"), []byte("bad")),
		"retained":               packet(0x31, text(topic.Up("n-1")), []byte("bad")),
		"retained on a down":     packet(0x31, text(topic.Down("n-2")), []byte("bad")),
		"to another, with an id": packet(0x32, text(topic.Up("n-2")), []byte{0, 7}, []byte("bad")),
	}
	for name, bad := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _ := start(t)
			got := listening(t, b)
			victim, err := connect(t, b, "tcp", "n-2", "n-2", "token-of-n-2", nil)
			require.NoError(t, err)
			down := victim.Subscribe(topic.Down("n-2"), 1, func(_ mqtt.Client, m mqtt.Message) { got <- "down " + string(m.Payload()) })
			require.True(t, down.WaitTimeout(wait))
			raw := knock(t, b, "n-1")
			_, err = raw.Write(bad)
			require.NoError(t, err)
			if !alive(raw) {
				raw = knock(t, b, "n-1")
			}
			_, err = raw.Write(packet(0x30, text(topic.Up("n-1")), []byte("well")))
			require.NoError(t, err)
			require.Equal(t, topic.Up("n-1")+" well", receive(t, got))
		})
	}
}

// TestNoLastWords: a will would speak on a topic after the gate has looked away.
func TestNoLastWords(t *testing.T) {
	t.Parallel()
	b, _ := start(t)
	got := listening(t, b)
	raw, err := net.Dial("tcp", b.Addr("tcp"))
	require.NoError(t, err)
	defer raw.Close()
	require.NoError(t, raw.SetDeadline(time.Now().Add(wait)))
	_, err = raw.Write(packet(0x10, text("MQTT"), []byte{4, 0xc2 | 0x04, 0, 30}, text("n-1"),
		text(topic.Up("n-2")), text("bad"), text("n-1"), text("token-of-n-1")))
	require.NoError(t, err)
	ack, err := io.ReadAll(raw)
	require.NoError(t, err)
	if len(ack) > 3 {
		require.NotZero(t, ack[3], "refused")
	}
	served(t, b, got)
}

// TestSubscribingIsNoFlood: ten thousand filters of somebody who may have one
// are refused one by one and cost nobody else anything.
func TestSubscribingIsNoFlood(t *testing.T) {
	t.Parallel()
	b, _ := start(t)
	got := listening(t, b)
	raw := knock(t, b, "n-1")
	var filters [][]byte
	for range 10_000 {
		filters = append(filters, text("huyun/v1/+/down"), []byte{1})
	}
	_, err := raw.Write(packet(0x82, append([][]byte{{0, 1}}, filters...)...))
	require.NoError(t, err)
	served(t, b, got)
	require.LessOrEqual(t, b.server.Info.Subscriptions, int64(3), "the cloud's two, at most the node's own")
}
