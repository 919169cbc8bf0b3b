package matter

import (
	"testing"
	"time"

	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/sm"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), insertSQL, allSQL, oneSQL, ofSQL)
}

// StoredRow is a row as another program would have stored it.
func StoredRow(k *keys.Ring, code string, version int, body string, at time.Time) []any {
	sum := sm.SumOf([]byte(body))
	v := stored{Code: code, Version: version, Digest: sum[:], Body: body, FirstSeen: at.UTC().Truncate(time.Microsecond)}
	return []any{v.Code, v.Version, v.Digest, v.Body, v.FirstSeen, k.RowMAC(v.parts()...)}
}
