package app

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/keys"
	"huyun.internal/protocol/fault"
)

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
