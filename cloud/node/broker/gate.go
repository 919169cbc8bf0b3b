package broker

import (
	"bytes"
	"context"
	"crypto/subtle"
	"log/slog"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"huyun.internal/protocol/topic"
)

// CloudUser is the name under which copies of the cloud come in.
const CloudUser = "cloud"

// admitWait bounds the look-up of a node while it connects.
const admitWait = 5 * time.Second

// gate is the broker's access rule: deny unless allowed.
type gate struct {
	mqtt.HookBase
	door   Doorkeeper
	secret string
	log    *slog.Logger
}

func (g *gate) ID() string { return "huyun-gate" }

func (g *gate) Provides(b byte) bool {
	return bytes.Contains([]byte{mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnPublish}, []byte{b})
}

// OnConnectAuthenticate lets in a node whose client id is its own name, so that
// nobody takes over another's session, and the cloud's own copies.
func (g *gate) OnConnectAuthenticate(cl *mqtt.Client, pk packets.Packet) bool {
	user, password := string(pk.Connect.Username), string(pk.Connect.Password)
	if pk.Connect.WillFlag {
		return false
	}
	if user == CloudUser {
		return subtle.ConstantTimeCompare([]byte(password), []byte(g.secret)) == 1 && g.secret != ""
	}
	if cl.ID != user {
		g.log.Warn("broker refused", "user", user, "reason", "client id is not the node's")
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), admitWait)
	defer cancel()
	err := g.door.Admit(ctx, user, password)
	if err != nil {
		g.log.Warn("broker refused", "user", user, "error", err)
		return false
	}
	return true
}

// OnACLCheck: a node writes to its own up and state topics and reads its own
// down topic; the cloud writes down topics and reads the rest.
func (g *gate) OnACLCheck(cl *mqtt.Client, name string, write bool) bool {
	user := string(cl.Properties.Username)
	if user != CloudUser {
		if write {
			return name == topic.Up(user) || name == topic.State(user)
		}
		return name == topic.Down(user)
	}
	if write {
		_, kind, err := topic.Parse(name)
		return err == nil && kind == topic.KindDown
	}
	return name == topic.SharedUp(CloudUser) || name == topic.SharedState(CloudUser) || readable(name)
}

// readable: mochi asks again for each delivery, with the concrete topic.
func readable(name string) bool {
	_, kind, err := topic.Parse(name)
	return err == nil && kind != topic.KindDown
}

// OnPublish refuses retained messages: an order that a broker repeats to
// whoever comes later is nobody's order.
func (g *gate) OnPublish(_ *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if pk.FixedHeader.Retain {
		return pk, packets.ErrRejectPacket
	}
	return pk, nil
}
