package wan

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sink accepts one connection at a time and hands over what arrives.
func sink(t *testing.T) (string, chan net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	conns := make(chan net.Conn, 8)
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			conns <- c
		}
	}()
	return ln.Addr().String(), conns
}

func TestHoldDelaysAndHealDelivers(t *testing.T) {
	t.Parallel()
	addr, conns := sink(t)
	l, err := Listen("127.0.0.1:0", addr)
	require.NoError(t, err)
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr())
	require.NoError(t, err)
	s := <-conns

	l.HoldUp(true)
	_, err = c.Write([]byte("late"))
	require.NoError(t, err)
	require.NoError(t, s.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
	_, err = s.Read(make([]byte, 4))
	require.Error(t, err, "nothing passes while held")

	l.Heal()
	require.NoError(t, s.SetReadDeadline(time.Now().Add(5*time.Second)))
	got := make([]byte, 4)
	_, err = io.ReadFull(s, got)
	require.NoError(t, err)
	require.Equal(t, "late", string(got))
}

func TestCutResetsAndRefuses(t *testing.T) {
	t.Parallel()
	addr, conns := sink(t)
	l, err := Listen("127.0.0.1:0", addr)
	require.NoError(t, err)
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr())
	require.NoError(t, err)
	<-conns
	l.Cut()
	_, err = c.Read(make([]byte, 1))
	require.Error(t, err)

	again, err := net.Dial("tcp", l.Addr())
	require.NoError(t, err)
	_, err = again.Read(make([]byte, 1))
	require.Error(t, err, "refused while cut")
}

func TestMischiefRepeatsWholePackets(t *testing.T) {
	t.Parallel()
	addr, conns := sink(t)
	l, err := ListenMQTT("127.0.0.1:0", addr, 1, Odds{Repeat: 1})
	require.NoError(t, err)
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr())
	require.NoError(t, err)
	s := <-conns
	_, err = c.Write([]byte{0x32, 3, 'a', 'b', 'c'})
	require.NoError(t, err)
	r := bufio.NewReader(s)
	first, err := readPacket(r)
	require.NoError(t, err)
	second, err := readPacket(r)
	require.NoError(t, err)
	require.Equal(t, byte(0x32), first[0])
	require.Equal(t, byte(0x3a), second[0], "the repeat carries DUP")
	require.Equal(t, first[1:], second[1:])
}

func TestMischiefSwaps(t *testing.T) {
	t.Parallel()
	addr, conns := sink(t)
	l, err := ListenMQTT("127.0.0.1:0", addr, 1, Odds{Swap: 1})
	require.NoError(t, err)
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr())
	require.NoError(t, err)
	s := <-conns
	_, err = c.Write([]byte{0x32, 1, '1', 0x32, 1, '2'})
	require.NoError(t, err)
	got := make([]byte, 6)
	_, err = io.ReadFull(s, got)
	require.NoError(t, err)
	require.Equal(t, []byte{0x32, 1, '2', 0x32, 1, '1'}, got)
}

func TestUDPHoldLoses(t *testing.T) {
	t.Parallel()
	server, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	defer server.Close()
	l, err := ListenUDP("127.0.0.1:0", server.LocalAddr().String())
	require.NoError(t, err)
	defer l.Close()
	c, err := net.Dial("udp", l.Addr())
	require.NoError(t, err)
	l.Hold(true)
	_, err = c.Write([]byte("lost"))
	require.NoError(t, err)
	require.NoError(t, server.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
	_, _, err = server.ReadFromUDP(make([]byte, 8))
	require.Error(t, err)
	l.Hold(false)
	_, err = c.Write([]byte("kept"))
	require.NoError(t, err)
	require.NoError(t, server.SetReadDeadline(time.Now().Add(5*time.Second)))
	buf := make([]byte, 8)
	n, _, err := server.ReadFromUDP(buf)
	require.NoError(t, err)
	require.Equal(t, "kept", string(buf[:n]))
}
