package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app"
	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
)

// TestExpiredPicturesAreAudited: a removal leaves its count, and a round that
// removes nothing leaves nothing.
func TestExpiredPicturesAreAudited(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	_, err := h.Evidence.Put([]byte("\xff\xd8\xff\xe0 a picture"))
	require.NoError(t, err)
	for _, want := range []struct {
		after time.Duration
		n     int
	}{{0, 0}, {2 * time.Hour, 1}, {2 * time.Hour, 0}} {
		n, err := app.ExpirePictures(t.Context(), h.Venue, time.Now().Add(want.after), time.Hour)
		require.NoError(t, err)
		require.Equal(t, want.n, n)
	}
	var found []audit.Entry
	require.NoError(t, h.Store.View(func(r store.Reader) error {
		all, err := store.All[audit.Entry](r, "audit", "")
		for _, e := range all {
			if e.Action == "supervise.evidence.expire" {
				found = append(found, e)
			}
		}
		return err
	}))
	require.Len(t, found, 1)
	require.Equal(t, "1", found[0].Detail)
}
