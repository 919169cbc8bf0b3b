package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/keys"
	"huyun.internal/protocol/fault"
)

func TestPlainAddressesStayOnThisMachine(t *testing.T) {
	t.Parallel()
	require.NoError(t, Defaults().Broker.plain())
	for name, b := range map[string]Broker{
		"every interface":   {TCP: ":1883"},
		"one address":       {TCP: "192.0.2.7:1883"},
		"told to devices":   {TCP: "127.0.0.1:1883", Public: Public{TCP: "exam.example:1883"}},
		"a server":          {URL: "tcp://mq.example:1883"},
		"a server, user in": {URL: "mqtt://cloud:127.0.0.1@mq.example:1883"},
	} {
		err := b.plain()
		require.True(t, fault.Is(err, "broker.plain"), name)
		c := Defaults()
		c.Data, c.Broker = t.TempDir(), b
		require.True(t, fault.Is(Serve(t.Context(), c, nil), "broker.plain"), name)
		require.Contains(t, strings.Join(Check(t.Context(), c), "\n"), "× 消息服务："+fault.From(err).Text)
		c.Broker.PlainTCP = true
		require.NoError(t, c.Broker.plain(), name)
		require.Contains(t, strings.Join(Check(t.Context(), c), "\n"), "! 已设 broker.plain_tcp")
	}
	for _, b := range []Broker{
		{TCP: "localhost:1883", TLS: ":8883", QUIC: ":14567"}, {TCP: "[::1]:1883"}, {URL: "ssl://mq.example:8883", TCP: ":1883"},
		{URL: "tcp://127.0.0.1:1883"},
	} {
		require.NoError(t, b.plain(), b)
	}
}

func TestAForeignBrokersAuthorityIsReadAtTheStart(t *testing.T) {
	t.Parallel()
	ring, err := keys.Open(keys.Options{Dir: filepath.Join(t.TempDir(), "keys")})
	require.NoError(t, err)
	s := &System{Keys: ring}
	s.Config.Broker.URL, s.Config.Broker.Public.TLS = "ssl://mq.example:8883", "mq.example:8883"
	require.NoError(t, s.loadBrokerRoot())
	require.Equal(t, ring.TLSRoot(), s.brokerForNodes().Root, "by the cloud's own authority")

	s.Config.Broker.CAFile = filepath.Join(t.TempDir(), "ca.pem")
	require.Equal(t, "app.config", fault.From(s.loadBrokerRoot()).Code, "no such file")
	require.NoError(t, os.WriteFile(s.Config.Broker.CAFile, []byte("no certificate"), 0o600))
	require.Equal(t, "app.config", fault.From(s.loadBrokerRoot()).Code)

	other, err := keys.Open(keys.Options{Dir: filepath.Join(t.TempDir(), "keys")})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(s.Config.Broker.CAFile, other.TLSRoot(), 0o600))
	require.NoError(t, s.loadBrokerRoot())
	require.Equal(t, string(ring.TLSRoot())+string(other.TLSRoot()), string(s.brokerForNodes().Root), "devices trust gateway and broker")
	require.False(t, s.brokerTrust().RootCAs.Equal(s.ownTrust().RootCAs))
}
