package stack

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Ports of the machine; 0 means any free one.
type Ports struct {
	Console, Gateway, MQTT, MQTTS, QUIC, Edge, Partner, Simulators, Online int
}

// What PortsFrom accepts: above the ports that only root may open, and so that
// all of ours fit below the end.
const (
	lowestBase  = 1024
	highestBase = 65535 - 8
)

// PortsFrom lays the ports out from a first one, which somebody typed.
func PortsFrom(base string) (Ports, error) {
	n, err := strconv.Atoi(strings.TrimSpace(base))
	if err != nil || n < lowestBase || n > highestBase {
		return Ports{}, fmt.Errorf("HUYUN_PORT_BASE 应是 %d 到 %d 之间的整数（从它起连用 9 个端口），现在是 %q", lowestBase, highestBase, base)
	}
	return Ports{Console: n, Gateway: n + 1, MQTT: n + 2, MQTTS: n + 3, QUIC: n + 4, Edge: n + 5, Partner: n + 6, Simulators: n + 7, Online: n + 8}, nil
}

func (s *Stack) choosePorts() error {
	for _, p := range []struct {
		what     string
		at       *int
		tcp, udp bool
	}{
		{"管理端", &s.Ports.Console, true, false},
		{"设备接入（HTTPS 与 HTTP/3）", &s.Ports.Gateway, true, true},
		{"消息", &s.Ports.MQTT, true, false},
		{"消息（TLS）", &s.Ports.MQTTS, true, false},
		{"消息（QUIC）", &s.Ports.QUIC, false, true},
		{"考场", &s.Ports.Edge, true, false},
		{"外部系统接入", &s.Ports.Partner, true, false},
		{"模拟外部系统", &s.Ports.Simulators, true, false},
		{"网上申请", &s.Ports.Online, true, false},
	} {
		var err error
		if *p.at == 0 {
			*p.at, err = freePort()
		} else {
			err = taken(p.what, *p.at, p.tcp, p.udp)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// freePort asks the kernel for a TCP port that is also free for UDP, because
// HTTP/3 and HTTPS share theirs.
func freePort() (int, error) {
	for range 20 {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, err
		}
		port := ln.Addr().(*net.TCPAddr).Port
		udp, err := net.ListenPacket("udp", address(port))
		_ = ln.Close()
		if err == nil {
			_ = udp.Close()
			return port, nil
		}
	}
	return 0, errors.New("no free port for TCP and UDP")
}

// taken says in words which port somebody else holds.
func taken(what string, port int, tcp, udp bool) error {
	complain := func(kind string) error {
		return fmt.Errorf("%s的 %s 端口 %d 已被占用，请先停止占用它的程序，或用环境变量 HUYUN_PORT_BASE 改换端口", what, kind, port)
	}
	if tcp {
		ln, err := net.Listen("tcp", address(port))
		if err != nil {
			return complain("TCP")
		}
		_ = ln.Close()
	}
	if udp {
		conn, err := net.ListenPacket("udp", address(port))
		if err != nil {
			return complain("UDP")
		}
		_ = conn.Close()
	}
	return nil
}
