package sanction

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
)

const (
	entryColumns = `e.id, e.idno_blind, e.idno_mask, e.list, e.reason, e.decision_no, e.org, to_char(e.listed_at, 'YYYY-MM-DD') AS listed_at,
		coalesce(to_char(e.expire_at, 'YYYY-MM-DD'), '') AS expire_at, e.status, e.repair, e.objected, e.batch, e.sender, e.changed_at, e.mac`

	listEntrySQL     = `SELECT ` + entryColumns + ` FROM sanction_entry e`
	entrySQL         = listEntrySQL + ` WHERE e.id = $1`
	lockEntrySQL     = entrySQL + ` FOR UPDATE`
	entryOfSQL       = listEntrySQL + ` WHERE e.list = $1 AND e.decision_no = $2 AND e.idno_blind = $3 FOR UPDATE`
	entriesOfSQL     = listEntrySQL + ` WHERE e.idno_blind = ANY($1) AND e.status <> 'DELETED' ORDER BY e.listed_at, e.id`
	standingEntrySQL = listEntrySQL + ` WHERE e.status = 'ON'`

	insertEntrySQL = `INSERT INTO sanction_entry (id, idno_blind, idno_mask, list, reason, decision_no, org, listed_at, expire_at, status, repair,
		objected, batch, sender, changed_at, mac) VALUES ($1, $2, $3, $4, $5, $6, $7, $8::date, nullif($9, '')::date, $10, $11, $12, $13, $14, $15, $16)`
	updateEntrySQL = `UPDATE sanction_entry SET idno_mask = $2, reason = $3, org = $4, listed_at = $5::date, expire_at = nullif($6, '')::date,
		status = $7, repair = $8, objected = $9, batch = $10, sender = $11, changed_at = $12, mac = $13 WHERE id = $1`

	insertPastSQL = `INSERT INTO sanction_entry_past (entry, at, kind, text, batch, by) VALUES ($1, $2, $3, $4, $5, $6)`
	pastSQL       = `SELECT at, kind, text, batch, by FROM sanction_entry_past WHERE entry = $1 ORDER BY id DESC LIMIT 500`
	blankPastSQL  = `UPDATE sanction_entry_past SET text = '' WHERE entry = $1`

	newSenderSQL  = `INSERT INTO sanction_sender (sender) VALUES ($1) ON CONFLICT DO NOTHING`
	lockSenderSQL = `SELECT newest FROM sanction_sender WHERE sender = $1 FOR UPDATE`
	newestSQL     = `UPDATE sanction_sender SET newest = greatest(newest, $2) WHERE sender = $1`

	inboxSQL       = `SELECT digest, answer FROM sanction_inbox WHERE sender = $1 AND number = $2`
	repeatSQL      = `UPDATE sanction_inbox SET repeats = repeats + 1 WHERE sender = $1 AND number = $2`
	insertInboxSQL = `INSERT INTO sanction_inbox (sender, number, digest, answer, received, applied, stale, made_at, received_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	// numbers below the newest that never came, the oldest fifty of those that still may
	missingSQL = `SELECT n FROM generate_series(greatest(1, $2::bigint - $3::bigint), $2::bigint - 1) n
		WHERE NOT EXISTS (SELECT 1 FROM sanction_inbox i WHERE i.sender = $1 AND i.number = n::text) ORDER BY n LIMIT 50`

	listBatchSQL = `SELECT sender, number, received, applied, stale, made_at, received_at, repeats FROM sanction_inbox`
)

var entrySorts = db.Sorts{"": "e.changed_at DESC, e.id", "listed_at": "e.listed_at", "expire_at": "e.expire_at", "changed_at": "e.changed_at", "decision_no": "e.decision_no"}

func listEntries(ctx context.Context, q db.Q, f EntryFilter, blind []byte, page db.Page) (db.List[Entry], error) {
	w := new(db.Where).Eq("e.list", f.List).Eq("e.status", f.Status).Eq("e.repair", f.Repair)
	switch f.Objected {
	case "yes":
		w.And("e.objected")
	case "no":
		w.And("NOT e.objected")
	}
	if blind != nil {
		w.And("e.idno_blind = ?", blind)
	} else {
		w.Like(page.Q, "e.decision_no", "e.org", "e.reason")
	}
	return db.Select[Entry](ctx, q, listEntrySQL, w, entrySorts, page)
}

func addEntry(ctx context.Context, tx pgx.Tx, e *Entry) error {
	_, err := tx.Exec(ctx, insertEntrySQL, e.ID, e.Blind, e.IDNo, e.List, e.Reason, e.DecisionNo, e.Org, e.ListedAt, e.ExpireAt, e.Status, e.Repair,
		e.Objected, e.Batch, e.Sender, e.ChangedAt, e.MAC)
	return err
}

func saveEntry(ctx context.Context, tx pgx.Tx, e *Entry) error {
	_, err := tx.Exec(ctx, updateEntrySQL, e.ID, e.IDNo, e.Reason, e.Org, e.ListedAt, e.ExpireAt, e.Status, e.Repair, e.Objected, e.Batch, e.Sender, e.ChangedAt, e.MAC)
	return err
}

// ReceivedBatch is a batch or message as the list of what came in shows it.
type ReceivedBatch struct {
	Sender     string    `json:"sender" db:"sender"`
	Number     string    `json:"number" db:"number"`
	Received   int       `json:"received" db:"received"`
	Applied    int       `json:"applied" db:"applied"`
	Stale      int       `json:"stale" db:"stale" doc:"晚到、已被更新的批次取代的条数"`
	MadeAt     time.Time `json:"made_at" db:"made_at"`
	ReceivedAt time.Time `json:"received_at" db:"received_at"`
	Repeats    int       `json:"repeats" db:"repeats" doc:"重复送达次数"`
}

var batchSorts = db.Sorts{"": "received_at DESC, sender, number", "received_at": "received_at", "made_at": "made_at", "repeats": "repeats"}

func listBatches(ctx context.Context, q db.Q, sender string, page db.Page) (db.List[ReceivedBatch], error) {
	w := new(db.Where).Eq("sender", sender).Like(page.Q, "number", "sender")
	return db.Select[ReceivedBatch](ctx, q, listBatchSQL, w, batchSorts, page)
}
