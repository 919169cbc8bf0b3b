package keys

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

const (
	noteRingSQL = `INSERT INTO keys_ring (fingerprint, noted_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`
	readRingSQL = `SELECT fingerprint FROM keys_ring`
)

// Bind notes the ring in a fresh database and refuses a database that was
// written with another ring. Fault: keys.other.
func (r *Ring) Bind(ctx context.Context, d *db.DB) error {
	return d.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, noteRingSQL, r.Fingerprint(), r.clock().UTC().Truncate(time.Microsecond)); err != nil {
			return fmt.Errorf("note key ring: %w", err)
		}
		var have string
		if err := tx.QueryRow(ctx, readRingSQL).Scan(&have); err != nil {
			return fmt.Errorf("read key ring note: %w", err)
		}
		if have != r.Fingerprint() {
			return fault.Newf(fault.Precondition, "keys.other",
				"数据库是用另一套密钥写入的，当前密钥目录 %s 打不开其中的数据；请恢复原来的密钥目录后再启动", r.dir)
		}
		return nil
	})
}
