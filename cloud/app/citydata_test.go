package app

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// Without an address the checks are for a person; a wrong configuration stops the
// start and not the first question, and numbers leave this machine only over TLS.
func TestThePlatformIsReadAtTheStart(t *testing.T) {
	t.Parallel()
	key, err := sm.Generate()
	require.NoError(t, err)
	good := filepath.Join(t.TempDir(), "citydata.pem")
	require.NoError(t, os.WriteFile(good, key.Public().PEM(), 0o600))
	bad := filepath.Join(t.TempDir(), "bad.pem")
	require.NoError(t, os.WriteFile(bad, []byte("nothing"), 0o600))
	for name, s := range map[string]struct {
		conf CityData
		ok   bool
	}{
		"over TLS":          {CityData{URL: "https://data.example/", KeyFile: good}, true},
		"on this machine":   {CityData{URL: "http://127.0.0.1:8301/citydata", KeyFile: good}, true},
		"in the clear":      {CityData{URL: "http://data.example/", KeyFile: good}, false},
		"no address":        {CityData{URL: "data.example", KeyFile: good}, false},
		"no key":            {CityData{URL: "https://data.example/"}, false},
		"a wrong key":       {CityData{URL: "https://data.example/", KeyFile: bad}, false},
		"a wrong authority": {CityData{URL: "https://data.example/", KeyFile: good, CAFile: bad}, false},
	} {
		sys := newHouse(t).sys
		sys.Config.CityData = s.conf
		err := sys.loadCityData()
		if s.ok {
			require.NoError(t, err, name)
			require.NotNil(t, sys.cityRegisters(), name)
			continue
		}
		require.True(t, fault.Is(err, "app.config"), "%s: %v", name, err)
		require.True(t, sys.cityRegisters() == nil, name) //nolint:testifylint // an interface with a nil pointer in it is not nil
	}
}
