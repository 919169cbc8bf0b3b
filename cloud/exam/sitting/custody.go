package sitting

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/wire"
)

// Signing for a closed sitting: what lies here is compared with what the venue
// says, hand-in by hand-in, over our own digests; if it is the same we sign and
// the venue gets the receipt, else both ends have a red alarm that says what
// differs. Judged in the transaction that brought the record, so that any number
// of copies, packets and repetitions come to one word.

const (
	// closed sittings among $1 for which we have not signed
	unsignedSQL = `SELECT c.sitting FROM exam_closeout c LEFT JOIN exam_sitting_receipt r ON r.sitting = c.sitting
		WHERE c.sitting = ANY($1) AND r.signed IS NULL ORDER BY c.sitting`
	saidSQL   = `SELECT node, record, submitted::int AS submitted, answers::int AS answers, digest FROM exam_closeout WHERE sitting = $1`
	handedSQL = `SELECT h.attempt, h.answers, coalesce(a.seat, '') AS seat FROM exam_handin h
		LEFT JOIN exam_attempt a ON a.sitting = h.sitting AND a.id = h.attempt WHERE h.sitting = $1 ORDER BY h.attempt`
	answersSQL = `SELECT count(*)::int FROM exam_answer WHERE sitting = $1`
	signSQL    = `INSERT INTO exam_sitting_receipt AS r (sitting, number, count, answers, digest, handins, signed, differences, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (sitting) DO UPDATE SET count = excluded.count, answers = excluded.answers,
			digest = excluded.digest, handins = excluded.handins, signed = excluded.signed, differences = excluded.differences, at = excluded.at
		WHERE r.signed IS NULL AND r.differences <> excluded.differences`
	custodySQL = `SELECT number, count::int AS count, answers::int AS answers, digest, handins, signed, differences, at
		FROM exam_sitting_receipt WHERE sitting = $1`
	receiptSeenSQL = `UPDATE exam_alarm SET seen_at = $3, seen_by = $4, seen_note = $5 WHERE sitting = $1 AND code = $2 AND seen_at IS NULL`
)

// codeDiffers names the alarm of a sitting that we do not sign for.
const codeDiffers = "receipt.differs"

// Custody is our word on a closed sitting.
type Custody struct {
	Number      string      `json:"number" db:"number" doc:"签收编号"`
	Count       int         `json:"count" db:"count"`
	Answers     int         `json:"answers" db:"answers"`
	Digest      string      `json:"digest" db:"digest" doc:"中心持有的全场答卷摘要"`
	Handins     []wire.Held `json:"-" db:"handins"`
	Signed      []byte      `json:"-" db:"signed"`
	Differences []string    `json:"differences" db:"differences" doc:"与考场上报不一致之处；有则不签收"`
	At          time.Time   `json:"at" db:"at"`
}

type saidRow struct {
	Node      string `db:"node"`
	Record    int64  `db:"record"`
	Submitted int    `db:"submitted"`
	Answers   int    `db:"answers"`
	Digest    string `db:"digest"`
}

type handedRow struct {
	Attempt string `db:"attempt"`
	Answers string `db:"answers"`
	Seat    string `db:"seat"`
}

// judge signs for closed sittings of a batch that are not signed for yet.
func (a *applier) judge(ctx context.Context, touched []string) error {
	if len(touched) == 0 {
		return nil
	}
	open, err := db.Rows(ctx, a.tx, pgx.RowTo[string], unsignedSQL, touched)
	if err != nil {
		return err
	}
	for _, id := range open {
		if err := a.s.sign(ctx, a.tx, id); err != nil {
			return err
		}
	}
	return nil
}

// sign compares and signs, or says why not.
func (s *Service) sign(ctx context.Context, tx pgx.Tx, id string) error {
	in, err := db.Locked[Sitting](ctx, tx, lockSQL, sittingSQL, id)
	if err != nil {
		return err
	}
	said, err := db.Row[saidRow](ctx, tx, saidSQL, id)
	if err != nil {
		return err
	}
	c, differences, err := s.held(ctx, tx, id, said)
	if err != nil {
		return err
	}
	c.Number, c.At, c.Differences = "QS"+in.Number, s.Clock.Now().UTC().Truncate(time.Microsecond), differences
	if len(differences) == 0 {
		if c.Signed, err = s.seal(c, id, said.Node); err != nil {
			return err
		}
	}
	tag, err := tx.Exec(ctx, signSQL, id, c.Number, c.Count, c.Answers, c.Digest, c.Handins, c.Signed, c.Differences, c.At)
	if err != nil {
		return fmt.Errorf("store receipt: %w", err)
	}
	if tag.RowsAffected() == 0 { // the same dispute as before
		return nil
	}
	if c.Signed == nil {
		return s.refuse(ctx, tx, in, said, c)
	}
	return s.receive(ctx, tx, in, c)
}

// held is what lies here of a sitting, and where it is not what the venue said.
func (s *Service) held(ctx context.Context, q db.Q, id string, said saidRow) (Custody, []string, error) {
	c, differences := Custody{Handins: []wire.Held{}}, []string{}
	kept, err := Replies(ctx, q, id)
	if err != nil {
		return c, nil, err
	}
	handed, err := db.All[handedRow](ctx, q, handedSQL, id)
	if err != nil {
		return c, nil, err
	}
	if c.Answers, err = db.Value[int](ctx, q, answersSQL, id); err != nil {
		return c, nil, err
	}
	digests := make(map[string]string, len(handed))
	for _, h := range handed {
		ours := exam.AnswersDigest(kept[h.Attempt]).String()
		digests[h.Attempt] = ours
		c.Handins = append(c.Handins, wire.Held{Attempt: h.Attempt, Digest: ours})
		if ours != h.Answers {
			differences = append(differences, fmt.Sprintf("座位 %s 的答卷摘要：考场 %s，中心 %s", h.Seat, short(h.Answers), short(ours)))
		}
	}
	c.Count, c.Digest = len(handed), exam.SittingDigest(digests).String()
	if c.Count != said.Submitted {
		differences = append(differences, fmt.Sprintf("交卷份数：考场 %d，中心 %d", said.Submitted, c.Count))
	}
	if c.Answers != said.Answers {
		differences = append(differences, fmt.Sprintf("作答记录：考场 %d 条，中心 %d 条", said.Answers, c.Answers))
	}
	if c.Digest != said.Digest {
		differences = append(differences, fmt.Sprintf("全场答卷摘要：考场 %s，中心 %s", short(said.Digest), short(c.Digest)))
	}
	return c, differences, nil
}

func short(digest string) string {
	if len(digest) <= 12 {
		return digest
	}
	return digest[:12] + "…"
}

// seal signs the receipt with the key that the venue trusts for orders.
func (s *Service) seal(c Custody, id, node string) ([]byte, error) {
	raw, err := json.Marshal(wire.Receipt{
		Number: c.Number, Sitting: id, Node: node, Count: c.Count, Answers: c.Answers, Digest: c.Digest, Handins: c.Handins, At: c.At,
	})
	if err != nil {
		return nil, err
	}
	return envelope.Sign(s.Keys.Cloud(), []byte(wire.ReceiptBinding), raw)
}

// receive tells everybody that we have signed.
func (s *Service) receive(ctx context.Context, tx pgx.Tx, in Sitting, c Custody) error {
	_, err := tx.Exec(ctx, receiptSeenSQL, in.ID, codeDiffers, c.At, "system", "考试中心已签收")
	if err != nil {
		return fmt.Errorf("end dispute: %w", err)
	}
	err = s.note(ctx, tx, in.ID, Receipt{
		Kind: ReceiptSigned, Ref: "signed", OK: true, At: c.At, Detail: map[string]any{"digest": c.Digest, "number": c.Number},
		Text: fmt.Sprintf("考试中心已签收 %d 份答卷、%d 条作答记录，签收编号 %s", c.Count, c.Answers, c.Number),
	})
	if err != nil {
		return err
	}
	err = s.Audit.Record(ctx, tx, "exam.sitting.sign", in.ID, map[string]any{"number": c.Number, "count": c.Count, "digest": c.Digest})
	if err != nil {
		return err
	}
	return s.Order(ctx, tx, in, wire.OrderReceipt, wire.SittingReceipt{Sitting: in.ID, Signed: c.Signed})
}

// refuse raises the alarm that stands at both ends.
func (s *Service) refuse(ctx context.Context, tx pgx.Tx, in Sitting, said saidRow, c Custody) error {
	id := uuid.Must(uuid.NewV7()).String()
	text := "中心持有的答卷与考场结束时上报的不一致，未签收：" + strings.Join(c.Differences, "；")
	_, err := tx.Exec(ctx, receiptSeenSQL, in.ID, codeDiffers, c.At, "system", "再次核对，见后一条告警")
	if err != nil {
		return fmt.Errorf("end dispute: %w", err)
	}
	_, err = tx.Exec(ctx, alarmSQL, id, said.Node, in.ID, "", "", wire.AlarmRed, codeDiffers, text, "", said.Record, c.At)
	if err != nil {
		return fmt.Errorf("raise dispute: %w", err)
	}
	err = s.note(ctx, tx, in.ID, Receipt{Kind: ReceiptSigned, Ref: id, At: c.At, Text: text})
	if err != nil {
		return err
	}
	err = s.Audit.Record(ctx, tx, "exam.sitting.refuse", in.ID, map[string]any{"differences": c.Differences})
	if err != nil {
		return err
	}
	return s.Order(ctx, tx, in, wire.OrderDisputed, wire.SittingDisputed{Sitting: in.ID, Alarm: id, Differences: c.Differences})
}

// ReceiptFor is what the receipt of a sitting says of one attempt: the receipt,
// nil while there is none, and the short code that the candidate was shown. It
// checks no right.
func (s *Service) ReceiptFor(ctx context.Context, q db.Q, id, attempt string) (*Custody, string, error) {
	c, found, err := db.Maybe[Custody](ctx, q, custodySQL, id)
	if err != nil || !found || c.Signed == nil {
		return nil, "", err
	}
	for _, h := range c.Handins {
		if h.Attempt == attempt {
			return &c, exam.ReceiptCode(id, attempt, h.Digest), nil
		}
	}
	return nil, "", nil
}
