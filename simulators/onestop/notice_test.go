package onestop_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMessages: one a number, to somebody that the platform knows, kept over a restart.
func TestMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	said := m{"msgNo": "N1", "userId": "P1", "title": "证件吊销", "content": "您的证件已被吊销", "time": "2026-11-29T18:00:00+08:00"}
	r := w.ok("message/send", said)["receipt"]
	require.NotEmpty(t, r)
	w.refused("message/send", with(said, m{"content": "别的"}), "MSGNO_REUSED")
	w.refused("message/send", with(said, m{"msgNo": "N2", "userId": "P99"}), "USER_UNKNOWN")
	w.refused("message/send", with(said, m{"msgNo": "N2", "title": ""}), "FIELDS")
	w.start()
	require.Equal(t, r, w.ok("message/send", said)["receipt"])
}
