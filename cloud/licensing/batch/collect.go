package batch

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/exam/picture"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Fetched is that a company's agent fetches certificates.
type Fetched struct {
	ID        string  `json:"event_id" minLength:"8" maxLength:"64" pattern:"^[0-9A-Za-z._-]+$" patternDescription:"字母、数字、点、横线或下划线" doc:"本次操作的唯一编号"`
	Collector string  `json:"collector" minLength:"2" maxLength:"50"`
	Phone     string  `json:"phone" maxLength:"14"`
	Signature []byte  `json:"signature" maxLength:"300000" doc:"签名图片，PNG 或 JPEG"`
	Rows      []Given `json:"rows" minItems:"1" maxItems:"500"`
}

// Given is one certificate of a collection.
type Given struct {
	No   int    `json:"no"`
	Mark string `json:"mark" enum:"TAKEN,SHORT,WRONG"`
	Note string `json:"note,omitempty" maxLength:"100"`
}

var signatureLimits = picture.Limits{Bytes: 256 << 10, Min: 20, Max: 2000, Pixels: 2 << 20}

// Collect hands certificates to the company against a signature: what was taken is
// delivered, what is short or wrong is noted and stays here. All of it or nothing;
// the same event again answers what the first did. Faults: missing,
// licensing.batch.collect.row, .twice, .note, .signature, those of the delivery.
func (s *Service) Collect(ctx context.Context, id string, in Fetched) (out Collection, err error) {
	actor, err := auth.Require(ctx, application.PermCertify)
	if err != nil {
		return out, err
	}
	name, err := person.ParseName(in.Collector)
	if err != nil {
		return out, err
	}
	phone, err := person.ParseMobile(in.Phone)
	if err != nil {
		return out, err
	}
	signature, err := picture.Clean(in.Signature, signatureLimits)
	if err != nil {
		return out, fault.New(fault.Invalid, "licensing.batch.collect.signature", "请由企业经办人在签名框内签名后再提交").With(err)
	}
	return out, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		b, err := db.Locked[Batch](ctx, tx, lockBatchSQL, batchSQL, id)
		if err == nil {
			err = s.whole(&b)
		}
		if err != nil {
			return err
		}
		var again bool
		if out, again, err = db.Maybe[Collection](ctx, tx, collectedSQL, id, in.ID); err != nil || again {
			return err
		}
		out = Collection{ID: uuid.Must(uuid.NewV7()).String(), Batch: b.ID, Event: in.ID, Collector: string(name), Phone: phone.Mask(), At: s.now(), ByID: actor.ID, By: actor.Name}
		given := map[int]bool{}
		for _, g := range in.Rows {
			if given[g.No] {
				return fault.Newf(fault.Invalid, "licensing.batch.collect.twice", "第 %d 行出现了两次，请每行只选一种结果", g.No)
			}
			given[g.No] = true
			if err := s.give(ctx, tx, &b, &out, g, actor); err != nil {
				return err
			}
		}
		if err := s.insertCollection(ctx, tx, &out, phone.Reveal(), signature.Data); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "licensing.batch.collect", b.ID, map[string]any{"number": b.Number, "taken": out.Taken, "short": out.Short, "wrong": out.Wrong})
	})
}

func (s *Service) give(ctx context.Context, tx pgx.Tx, b *Batch, out *Collection, g Given, actor auth.Actor) error {
	r, err := db.Row[Row](ctx, tx, lockRowSQL, b.ID, g.No)
	if err != nil {
		return err
	}
	if err := s.genuine(b, &r); err != nil {
		return err
	}
	if r.CaseState != licensing.Delivering {
		return fault.Newf(fault.Conflict, "licensing.batch.collect.row", "第 %d 行（%s）没有待领取的证件，请刷新后重新勾选", r.No, r.Name)
	}
	g.Note = strings.TrimSpace(g.Note)
	switch g.Mark {
	case Taken:
		out.Taken++
		_, err = s.Cases.CompanyDeliver(ctx, tx, r.Case, actor, "batch:collect-"+out.ID, letter.Handover{
			Mode: letter.Agent, Place: "本机关服务窗口", Signer: out.Collector, Relation: "申请单位经办人（" + b.Company + "）",
		})
		if f := fault.From(err); f != nil && f.Kind == fault.Precondition { // the certificate was lost: which one
			err = fault.Newf(f.Kind, f.Code, "第 %d 行（%s）不能领取，请不要勾选：%s", r.No, r.Name, f.Text)
		}
	case Short, Wrong:
		if g.Note == "" {
			return fault.Newf(fault.Invalid, "licensing.batch.collect.note", "第 %d 行（%s）短少或错证，请写明情况", r.No, r.Name)
		}
		if g.Mark == Short {
			out.Short++
		} else {
			out.Wrong++
		}
	}
	if err != nil {
		return err
	}
	r.Mark, r.Note = g.Mark, g.Note
	if _, err := tx.Exec(ctx, markSQL, r.Batch, r.No, r.Mark, r.Note, s.Keys.RowMAC(r.parts()...)); err != nil {
		return fmt.Errorf("mark line: %w", err)
	}
	return nil
}

func (s *Service) insertCollection(ctx context.Context, tx pgx.Tx, c *Collection, phone string, signature []byte) error {
	sealed, err := s.Keys.SealAt([]string{placeCollector, c.ID}, []byte(phone))
	if err != nil {
		return fmt.Errorf("seal phone: %w", err)
	}
	if c.Signature, err = s.Keys.SealAt([]string{placeSignature, c.ID}, signature); err != nil {
		return fmt.Errorf("seal signature: %w", err)
	}
	_, err = tx.Exec(ctx, insertCollectionSQL, c.ID, c.Batch, c.Event, c.Collector, sealed, c.Phone, c.Signature, c.Taken, c.Short, c.Wrong, c.At, c.ByID, c.By,
		s.Keys.RowMAC(c.parts()...))
	if err != nil {
		return fmt.Errorf("insert collection: %w", err)
	}
	return nil
}

// Signature is the picture of one; that it was looked at is recorded. Faults:
// missing, licensing.batch.tampered.
func (s *Service) Signature(ctx context.Context, id, collection string) (string, []byte, error) {
	_, scope, err := who(ctx, PermList, true)
	if err != nil {
		return "", nil, err
	}
	if _, err := s.batch(ctx, s.DB, id, scope); err != nil {
		return "", nil, err
	}
	c, err := db.Row[Collection](ctx, s.DB, collectionSQL, id, collection)
	if err != nil {
		return "", nil, err
	}
	if !s.Keys.CheckRowMAC(c.MAC, c.parts()...) {
		return "", nil, fault.New(fault.Internal, "licensing.batch.tampered", "领证记录被改动过，请联系安全管理员核查")
	}
	data, err := s.Keys.OpenAt([]string{placeSignature, c.ID}, c.Signature)
	if err != nil {
		return "", nil, err
	}
	kind := "image/png"
	if strings.HasPrefix(string(data), "\xff\xd8") {
		kind = "image/jpeg"
	}
	return kind, data, s.Audit.RecordNow(ctx, "licensing.batch.signature", id, map[string]any{"collection": collection})
}
