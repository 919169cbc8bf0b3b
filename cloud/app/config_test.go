package app

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/environ"
	"huyun.internal/protocol/fault"
)

func load(t *testing.T, text string, env map[string]string) (Config, error) {
	t.Helper()
	path := ""
	if text != "" {
		path = filepath.Join(t.TempDir(), "cloud.yaml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	var environment []string
	for k, v := range env {
		environment = append(environment, k+"="+v)
	}
	return Load(path, environment)
}

func TestConfigSources(t *testing.T) {
	t.Parallel()
	c, err := load(t, "", nil)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:8080", c.Console.Addr)
	require.Equal(t, filepath.Join(c.Data, "keys"), c.Keys.Dir)
	require.True(t, c.Database.Migrate)

	c, err = load(t, "data: /srv/x\nconsole: {addr: ':9000', trusted_proxies: [10.0.0.1]}\ndatabase: {max_conns: 3}\n",
		map[string]string{"HUYUN_DATABASE_MAX_CONNS": "7", "HUYUN_KEYS_PASSPHRASE": "secret", "HUYUN_GATEWAY_HOSTS": "a.test,b.test", "HUYUN_DATABASE_MIGRATE": "false"})
	require.NoError(t, err)
	require.Equal(t, "/srv/x/keys", c.Keys.Dir)
	require.Equal(t, ":9000", c.Console.Addr)
	require.Equal(t, []string{"10.0.0.1"}, c.Console.TrustedProxies)
	require.EqualValues(t, 7, c.Database.MaxConns)
	require.Equal(t, "secret", c.Keys.Passphrase)
	require.Equal(t, []string{"a.test", "b.test"}, c.Gateway.Hosts)
	require.False(t, c.Database.Migrate)
}

func TestConfigIsStrict(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"unknown key":    "datum: /x\n",
		"unknown nested": "console: {adr: ':1'}\n",
		"wrong type":     "database: {max_conns: many}\n",
		"not YAML":       "data: [\n",
		"duplicate":      "data: /a\ndata: /b\n",
		"missing secret": "keys: {passphrase_file: /nowhere}\n",
	} {
		_, err := load(t, text, nil)
		require.True(t, fault.Is(err, "app.config"), "%s: %v", name, err)
	}
	_, err := Load("/nowhere.yaml", nil)
	require.True(t, fault.Is(err, "app.config"))
}

func TestEveryVariableIsReadOrNamed(t *testing.T) {
	t.Parallel()
	for _, key := range configKeys(reflect.TypeFor[Config](), "") {
		require.Empty(t, environ.Stray([]string{"HUYUN_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_")) + "=x"}), key)
	}
	_, err := load(t, "", map[string]string{"HUYUN_DATABASE_DNS": "host=x password=hunter2"})
	require.True(t, fault.Is(err, "app.config"), "%v", err)
	require.Contains(t, err.Error(), "HUYUN_DATABASE_DNS")
	require.NotContains(t, err.Error(), "hunter2")
	_, err = load(t, "", map[string]string{"HUYUN_EDGE_HTTP_ADDR": ":1", "HUYUN_RUN_DIR": "x"})
	require.NoError(t, err, "somebody else's")
}

func TestSecretsComeFromFilesAndAreMasked(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pass")
	require.NoError(t, os.WriteFile(file, []byte("hunter2\n"), 0o600))
	c, err := load(t, "keys: {passphrase_file: "+file+"}\n", map[string]string{"HUYUN_DATABASE_DSN": "host=x password=hunter3"})
	require.NoError(t, err)
	require.Equal(t, "hunter2", c.Keys.Passphrase)
	shown := c.Masked()
	require.NotContains(t, shown, "hunter")
	require.Contains(t, shown, "******")
	require.Contains(t, shown, file)
	_, err = load(t, "keys: {passphrase: a, passphrase_file: "+file+"}\n", nil)
	require.True(t, fault.Is(err, "app.config"))
}

func TestRolesAreRefusedWithTheMissingPart(t *testing.T) {
	t.Parallel()
	roles, err := chooseRoles(Defaults(), nil)
	require.NoError(t, err)
	require.Len(t, roles, 6)
	roles, err = chooseRoles(Defaults(), []string{"worker", "console"})
	require.NoError(t, err)
	require.Equal(t, "console", roles[0].name)
	_, err = chooseRoles(Defaults(), []string{"consol"})
	require.True(t, fault.Is(err, "app.role.unknown"))
	for role, spoil := range map[string]func(c *Config){
		roleConsole: func(c *Config) { c.Console.Addr = "" },
		roleGateway: func(c *Config) { c.Gateway.Addr = "" },
		roleLink:    func(c *Config) { c.Broker = Broker{} },
		rolePartner: func(c *Config) { c.Partner.Addr = "" },
		roleOnline:  func(c *Config) { c.Online.Addr = "" },
	} {
		c := Defaults()
		spoil(&c)
		_, err := chooseRoles(c, []string{role})
		require.True(t, fault.Is(err, "app.role.missing"), role)
		require.True(t, strings.Contains(fault.From(err).Text, role), fault.From(err).Text)
		lines := Check(context.Background(), c)
		require.True(t, Failed(lines), lines)
		_, err = chooseRoles(c, []string{roleWorker})
		require.NoError(t, err, "the others do not need it")
	}
	require.False(t, Failed([]string{"√ a", "! b"}))
}

// The office's numbers of licensing are read, and those that nobody can have meant
// refused.
func TestLicensingNumbers(t *testing.T) {
	t.Parallel()
	cfg, err := Load("", []string{"HUYUN_LICENSING_CORRECTION_DAYS=10", "HUYUN_LICENSING_RENEWAL_OPENS=60"})
	require.NoError(t, err)
	require.Equal(t, 10, cfg.Licensing.CorrectionDays)
	require.Equal(t, 60, cfg.Licensing.RenewalOpens)
	require.Equal(t, 54, cfg.Licensing.TaxiHours)
	for _, kv := range []string{
		"CORRECTION_DAYS=0", "DRAFT_DAYS=0", "RENEWAL_OPENS=29", "EXPERIENCE_YEARS=-1", "EDUCATION_HOURS=999", "EDUCATION_YEARS=0", "TAXI_YEARS=7", "REFRESHER_HOURS=-1",
	} {
		_, err := Load("", []string{"HUYUN_LICENSING_" + kv})
		require.True(t, fault.Is(err, "app.config"), kv)
	}
}
