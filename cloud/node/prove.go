package node

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
)

// Proof is what the stored journal of a node is worth. The chain proves that
// nothing was changed, removed, put in or moved between two records; the
// checkpoint, signed with the device's own key, that whoever holds our database
// did not make the chain anew; the cursor, that the end is there.
type Proof struct {
	Records uint64 // that the chain holds
	Signed  uint64 // through which record the device has signed
	// Problem is empty, or says in Chinese what is wrong and where.
	Problem string
}

const (
	proveSQL = `SELECT n.public_key, coalesce(c.seq, 0), coalesce(c.hash, ''::bytea), p.signed
		FROM node n LEFT JOIN node_cursor c ON c.node = n.id AND c.lane = $2
		LEFT JOIN node_checkpoint p ON p.node = n.id AND p.lane = $2 WHERE n.id = $1`
	walkSQL = `SELECT seq, at, kind, subject, body, hash FROM node_record
		WHERE node = $1 AND lane = $2 AND seq > $3 ORDER BY seq LIMIT $4`
)

// proveStep is how many records are in memory at once.
const proveStep = 1000

// Prove walks the stored exam lane of a node, verifies it and shows every
// record to visit, until the first that is wrong. tx should see one state
// throughout (repeatable read): records keep coming.
func (s *Service) Prove(ctx context.Context, tx pgx.Tx, node string, visit func(journal.Record) error) (Proof, error) {
	var p prover
	err := tx.QueryRow(ctx, proveSQL, node, journal.LaneExam).Scan(&p.key, &p.end.seq, &p.end.hash, &p.signed)
	if err != nil {
		return Proof{}, fmt.Errorf("prove: %w", err)
	}
	if p.problem = p.checkpoint(node); p.problem != "" {
		return p.proof(), nil
	}
	for p.problem == "" {
		rows, err := tx.Query(ctx, walkSQL, node, journal.LaneExam, int64(p.at.Seq), proveStep) //nolint:gosec // from the database
		if err != nil {
			return Proof{}, fmt.Errorf("prove: %w", err)
		}
		recs, err := pgx.CollectRows(rows, scanRecord)
		if err != nil {
			return Proof{}, fmt.Errorf("prove: %w", err)
		}
		if len(recs) == 0 {
			p.problem = p.finish()
			break
		}
		if err := p.take(recs, visit); err != nil {
			return Proof{}, err
		}
	}
	return p.proof(), nil
}

type prover struct {
	key, signed []byte
	end         struct {
		seq  int64
		hash []byte
	}
	at      journal.Position
	point   journal.Checkpoint
	met     bool // the signed record was there
	problem string
}

func (p *prover) proof() Proof {
	out := Proof{Records: p.at.Seq, Problem: p.problem}
	if p.met {
		out.Signed = p.point.Seq
	}
	return out
}

// checkpoint reads and verifies the signature before anything is walked.
func (p *prover) checkpoint(node string) string {
	switch {
	case p.end.seq == 0:
		return "" // nothing has come
	case p.signed == nil:
		return "考场日志没有可核验的设备签名（升级前收到的记录），设备下次上报后再核验"
	}
	key, err := sm.ParsePublicKey(p.key)
	if err != nil {
		return "设备公钥无法读取，登记资料被改动过"
	}
	p.point, _, err = journal.DecodeCheckpoint(p.signed)
	if err != nil || p.point.Node != node || p.point.Lane != journal.LaneExam || p.point.Verify(key) != nil {
		return "设备签名与登记的设备公钥不符，签名或登记资料被改动过"
	}
	return ""
}

func (p *prover) take(recs []journal.Record, visit func(journal.Record) error) error {
	for i := range recs {
		r := recs[i]
		switch {
		case r.Seq != p.at.Seq+1:
			p.problem = fmt.Sprintf("考场日志缺第 %d 条，被删除过", p.at.Seq+1)
		case journal.Verify(p.at, recs[i:i+1]) != nil:
			p.problem = fmt.Sprintf("考场日志第 %d 条与日志链不符，被改动或对调过", r.Seq)
		case r.Seq == p.point.Seq && r.Hash != p.point.Hash:
			p.problem = fmt.Sprintf("考场日志到第 %d 条与设备的签名不符，被整体改写过", r.Seq)
		}
		if p.problem != "" {
			return nil
		}
		p.at, p.met = r.Position(), p.met || r.Seq == p.point.Seq
		if err := visit(r); err != nil {
			return err
		}
	}
	return nil
}

// finish compares the end.
func (p *prover) finish() string {
	switch {
	case p.at.Seq < uint64(p.end.seq): //nolint:gosec // from the database
		return fmt.Sprintf("考场日志到第 %d 条为止，应到第 %d 条，末尾被截断", p.at.Seq, p.end.seq)
	case p.at.Seq > uint64(p.end.seq), p.at.Seq > 0 && digest(p.end.hash) != p.at.Hash: //nolint:gosec // as above
		return "考场日志的末尾与接收位置不符，被改动过"
	case p.point.Seq > p.at.Seq:
		return fmt.Sprintf("考场日志到第 %d 条为止，设备已签名到第 %d 条，末尾被截断", p.at.Seq, p.point.Seq)
	}
	return ""
}

func scanRecord(row pgx.CollectableRow) (journal.Record, error) {
	var r journal.Record
	var hash []byte
	var at time.Time
	var seq int64
	err := row.Scan(&seq, &at, &r.Kind, &r.Subject, &r.Body, &hash)
	r.Seq, r.At, r.Hash = uint64(seq), at.UTC(), digest(hash) //nolint:gosec // positive by its key
	return r, err
}
