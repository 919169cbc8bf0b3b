package app

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// TestEveryPartnerRouteHasASystem: what is pushed to us is pushed by one system,
// which alone may; the rest is public by name.
func TestEveryPartnerRouteHasASystem(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := h.sys.Partner()
	require.Empty(t, w.Undeclared())
	for _, op := range w.Operations() {
		if op.Perm == web.Public {
			require.Contains(t, []string{"platform.live", "platform.ready", "external.key"}, op.ID)
			continue
		}
		owners := 0
		for _, p := range h.sys.peers() {
			if strings.HasPrefix(op.Path, p.Path) {
				owners++
				require.Equal(t, op.Perm, p.Perm)
			}
		}
		require.Equal(t, 1, owners, op.ID)
		r := httptest.NewRequest(op.Method, op.Path, strings.NewReader("{}"))
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		require.Equal(t, http.StatusServiceUnavailable, rec.Code, op.ID)
		require.Contains(t, rec.Body.String(), "partner.unconfigured")
	}
}

func TestAPartnersKeyIsReadAtTheStart(t *testing.T) {
	t.Parallel()
	key, err := sm.Generate()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "credit.pem")
	require.NoError(t, os.WriteFile(path, key.Public().PEM(), 0o600))
	s := Blank()
	s.Config.Partner.CreditKeyFile = path
	require.NoError(t, s.loadPartners())
	require.True(t, s.peers()[0].Key.Equal(key.Public()))
	require.Nil(t, s.peers()[1].Key)
	require.NoError(t, os.WriteFile(path, []byte("not a key"), 0o600))
	require.True(t, fault.Is(s.loadPartners(), "app.config"))
	s.Config.Partner.CreditKeyFile = path + ".missing"
	require.True(t, fault.Is(s.loadPartners(), "app.config"))
}
