package uplink_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

// TestAPictureIsBroughtOrTriedAgain: what may change is tried again, a refusal is
// final.
func TestAPictureIsBroughtOrTriedAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	d := newDepot(t, s, false)
	u := s.client(t)
	for status, again := range map[int]bool{204: false, 401: true, 403: false, 400: false, 429: true, 503: true} {
		d.answer.Store(int64(status))
		err := u.BringPicture(t.Context(), wire.Picture{Digest: "d", Data: []byte("x")})
		require.Equal(t, status == http.StatusNoContent, err == nil, status)
		require.Equal(t, again, err != nil && fault.KindOf(err).Temporary(), "%d: %v", status, err)
	}
	s.cfg.CloudURL = "https://127.0.0.1:1"
	err := s.client(t).BringPicture(t.Context(), wire.Picture{Digest: "d"})
	require.True(t, fault.Is(err, "uplink.picture.later"), "%v", err)
}
