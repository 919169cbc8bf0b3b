package sanction

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
)

type received struct {
	Digest string `db:"digest"`
	Answer []byte `db:"answer"`
}

// arrived locks the sender and finds what was answered to a number before: nil
// for a new one. The same number with other content is the fault reused.
func (s *Service) arrived(ctx context.Context, tx pgx.Tx, sender, number, digest string, reused error) (newest int64, before []byte, err error) {
	if _, err := tx.Exec(ctx, newSenderSQL, sender); err != nil {
		return 0, nil, fmt.Errorf("note sender: %w", err)
	}
	if newest, err = db.Value[int64](ctx, tx, lockSenderSQL, sender); err != nil {
		return 0, nil, err
	}
	old, known, err := db.Maybe[received](ctx, tx, inboxSQL, sender, number)
	switch {
	case err != nil || !known:
		return newest, nil, err
	case old.Digest != digest:
		return newest, nil, reused
	}
	_, err = tx.Exec(ctx, repeatSQL, sender, number)
	return newest, old.Answer, err
}

// digest tells two contents of one number apart. It is over what they say, since a
// sealed number looks different each time, and keyed, since it says who.
func (s *Service) digest(v any) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(s.keys.Blind("sanction.inbox", string(raw))), nil
}

// lines are the batch with whole numbers.
func (b *Batch) lines() [][]string {
	out := make([][]string, len(b.Items))
	for i, it := range b.Items {
		out[i] = []string{it.ID.Reveal(), it.List, it.Reason, it.DecisionNo, it.Org, it.ListedAt, it.ExpireAt, it.Status, it.RepairStat}
	}
	return out
}

// Receive takes in a batch of a credit system: at once or not at all, once
// however often it comes. It checks no right: whoever calls has verified the
// signature. Faults: sanction.batch.reused, sanction.batch.old.
func (s *Service) Receive(ctx context.Context, sender string, b Batch) (Answer, error) {
	var out Answer
	digest, err := s.digest(b.lines())
	if err != nil {
		return out, err
	}
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		out = Answer{Batch: b.Number, Received: len(b.Items), Missing: []int64{}}
		number := strconv.FormatInt(b.Number, 10)
		newest, before, err := s.arrived(ctx, tx, sender, number, digest, errBatchReused)
		if err != nil {
			return err
		}
		if before != nil {
			return json.Unmarshal(before, &out)
		}
		if b.Number < newest-oldest {
			return errBatchOld
		}
		for i := range b.Items {
			applied, err := s.take(ctx, tx, sender, b.Number, &b.Items[i])
			if err != nil {
				return err
			}
			if applied {
				out.Applied++
			} else {
				out.Stale++
			}
		}
		return s.acknowledge(ctx, tx, sender, digest, max(newest, b.Number), b, &out)
	})
	return out, err
}

// acknowledge stores the answer, so that it is the same each time.
func (s *Service) acknowledge(ctx context.Context, tx pgx.Tx, sender, digest string, newest int64, b Batch, out *Answer) error {
	number := strconv.FormatInt(b.Number, 10)
	missing, err := db.Rows(ctx, tx, pgx.RowTo[int64], missingSQL, sender, newest, oldest)
	if err != nil {
		return err
	}
	for _, n := range missing {
		if n != b.Number {
			out.Missing = append(out.Missing, n)
		}
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, insertInboxSQL, sender, number, digest, raw, out.Received, out.Applied, out.Stale, b.MadeAt, s.now()); err != nil {
		return fmt.Errorf("note batch: %w", err)
	}
	if _, err := tx.Exec(ctx, newestSQL, sender, newest); err != nil {
		return fmt.Errorf("note newest: %w", err)
	}
	return s.audit.Record(ctx, tx, "sanction.batch.receive", sender+"/"+number, map[string]int{"received": out.Received, "applied": out.Applied, "stale": out.Stale})
}

// take applies one line; false when a later batch has spoken of it already.
func (s *Service) take(ctx context.Context, tx pgx.Tx, sender string, batch int64, in *Item) (bool, error) {
	blind := s.keys.Person(in.ID)
	old, known, err := db.Maybe[Entry](ctx, tx, entryOfSQL, in.List, in.DecisionNo, blind)
	if err != nil {
		return false, err
	}
	if known && !s.keys.CheckRowMAC(old.MAC, old.parts()...) {
		return false, errTampered
	}
	if known && old.Batch > batch {
		return false, s.past(ctx, tx, old.ID, "STALE", "晚到的批次，已有更新的内容，不采用", batch, sender)
	}
	now := s.now()
	e := Entry{
		ID: old.ID, Blind: blind, IDNo: in.ID.Mask(), List: in.List, Reason: in.Reason, DecisionNo: in.DecisionNo, Org: in.Org, ListedAt: in.ListedAt,
		ExpireAt: in.ExpireAt, Status: in.Status, Repair: in.RepairStat, Objected: old.Objected, Batch: batch, Sender: sender, ChangedAt: now,
	}
	if !known {
		e.ID = uuid.Must(uuid.NewV7()).String()
	}
	kind, text := told(known, &old, &e)
	if e.Status == Off && old.Status == Deleted {
		e.Status, e.Reason, e.Org = Deleted, "", "" // it stays deleted
	}
	e.MAC = s.keys.RowMAC(e.parts()...)
	if known {
		err = saveEntry(ctx, tx, &e)
	} else {
		err = addEntry(ctx, tx, &e)
	}
	if err != nil {
		return false, fmt.Errorf("keep entry: %w", err)
	}
	if err := s.past(ctx, tx, e.ID, kind, text, batch, sender); err != nil {
		return false, err
	}
	if e.gone() && (!known || !old.gone() && old.Status != Deleted) {
		if err := s.open(ctx, tx, e.ID, TaskDelete, text, sender, now); err != nil {
			return false, err
		}
	}
	return true, notify(ctx, tx, s.Listed, blind)
}

// told is what a batch did to an entry, for its history.
func told(known bool, old, e *Entry) (kind, text string) {
	if !known {
		return "ADDED", "列入" + statusText(e)
	}
	var changes []string
	note := func(what, before, after string) {
		if before != after {
			changes = append(changes, what+"由“"+or(before, "空")+"”改为“"+or(after, "空")+"”")
		}
	}
	note("状态", statusNames[old.Status], statusNames[e.Status])
	note("修复", repairNames[old.Repair], repairNames[e.Repair])
	note("原因", old.Reason, e.Reason)
	note("列入机关", old.Org, e.Org)
	note("列入日期", old.ListedAt, e.ListedAt)
	note("到期日", old.ExpireAt, e.ExpireAt)
	switch {
	case len(changes) == 0:
		return "REPEATED", "内容没有变化"
	case e.gone() && !old.gone():
		kind = "WITHDRAWN"
	default:
		kind = "CORRECTED"
	}
	return kind, strings.Join(changes, "；")
}

func statusText(e *Entry) string {
	return "（" + statusNames[e.Status] + "，" + repairNames[e.Repair] + "）"
}

func (s *Service) past(ctx context.Context, tx pgx.Tx, entry, kind, text string, batch int64, by string) error {
	if _, err := tx.Exec(ctx, insertPastSQL, entry, s.now(), kind, text, batch, by); err != nil {
		return fmt.Errorf("note history: %w", err)
	}
	return nil
}
