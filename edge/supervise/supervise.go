// Package supervise is what proctors watch and sign: the seat map, alarms'
// acknowledgement, irregularities V01–V08, messages of the centre, the truth
// about the link, and the close-out of a sitting with its sums (M58, M65;
// experience 1 and 3.3; chapter 9.6 of the domain reference).
//
// Its sub-packages alarm, audit, bell, evidence and staff are used by the whole
// venue; the package itself stands on exam, attempt and seating. It shows and
// records; it does not punish, and no rule here stops a candidate by itself.
package supervise

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/edge/supervise/evidence"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// Needs are what the service is built from.
type Needs struct {
	Store    *store.Store
	Exam     *exam.Service
	Attempts *attempt.Service
	Seating  *seating.Service
	Evidence *evidence.Store
	Staff    seating.Staff
	Audit    *audit.Trail
	Bell     *bell.Bell
	Pulse    *Pulse
	Clock    clock.Clock
	Log      *slog.Logger
	Cloud    *sm.PublicKey // the centre's, which its receipts are signed with
	Link     func() Link   // the uplink's own account of itself
	// Bring sends the centre a picture that it asked for; nil: there is no link.
	Bring func(ctx context.Context, p wire.Picture) error
}

// Service carries out the use cases of this package.
type Service struct {
	Needs
	sense sense
}

// New builds the service.
func New(n Needs) *Service { return &Service{Needs: n} }

// Buckets of this package.
const (
	irregularityBucket = "supervise_irregularity" // sitting/id → Irregularity
	messageBucket      = "supervise_message"      // id → Message
	closeBucket        = "supervise_close"        // sitting → Closing
)

// Acknowledge notes who has seen an alarm.
func (s *Service) Acknowledge(ctx context.Context, id, note string) error {
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := alarm.Acknowledge(tx, id, audit.Who(ctx), strings.TrimSpace(note)); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "supervise.alarm.acknowledge", id, note)
	})
	s.Bell.Ring(bell.Board)
	return err
}

// Code is a kind of irregularity, with what usually follows.
type Code struct {
	Code   string `json:"code"`
	Name   string `json:"name"`
	Effect string `json:"effect"`
}

// Codes lists V01 to V08 (domain 9.6).
func Codes() []Code {
	return []Code{
		{"V01", "迟到超过 15 分钟或未带证件", "按缺考处理"},
		{"V02", "携带的通讯设备未关闭", "警告，再犯按 V05"},
		{"V03", "交头接耳、旁窥", "警告、扣分或本场零分"},
		{"V04", "擅离座位、扰乱秩序", "终止本场考试"},
		{"V05", "使用通讯设备或资料作弊", "取消当次资格，成绩无效"},
		{"V06", "替考（被替或替人）", "取消资格，一年内不得报考，移送"},
		{"V07", "暴力或泄题", "取消资格，移送"},
		{"V08", "篡改设备或违规外联", "取消资格，移送"},
	}
}

// Irregularity is a breach that a proctor noted.
type Irregularity struct {
	wire.Irregularity
	At   time.Time `json:"at"`
	Item string    `json:"item,omitempty"`
}

// Note records an irregularity; id makes a repeat harmless. What follows from
// it is the centre's decision. It fails with supervise.irregularity.code,
// supervise.irregularity.note, supervise.evidence.missing and
// exam.roster.candidate.
func (s *Service) Note(ctx context.Context, in wire.Irregularity) (Irregularity, error) {
	in.Note = strings.TrimSpace(in.Note)
	known := false
	for _, c := range Codes() {
		known = known || c.Code == in.Code
	}
	if !known {
		return Irregularity{}, fault.Invalidf("supervise.irregularity.code", "请选择违纪类型 V01 至 V08")
	}
	if in.Note == "" {
		return Irregularity{}, fault.Invalidf("supervise.irregularity.note", "请写明违纪经过")
	}
	if _, err := s.Exam.Candidate(in.Sitting, in.Candidate); err != nil {
		return Irregularity{}, err
	}
	if in.Evidence != "" {
		if _, err := s.Evidence.Get(in.Evidence); err != nil {
			return Irregularity{}, err
		}
	}
	if in.ID == "" {
		in.ID = exam.NewID()
	}
	in.By = audit.Who(ctx)
	out := Irregularity{Irregularity: in}
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		key := in.Sitting + "/" + in.ID
		have, ok, err := store.Load[Irregularity](tx, irregularityBucket, key)
		if err != nil || ok {
			out = have
			return err
		}
		out.At = tx.Now()
		if err := store.Save(tx, irregularityBucket, key, out); err != nil {
			return err
		}
		if _, err := tx.Append(journal.LaneExam, wire.KindIrregularity, in.Sitting, in); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "supervise.irregularity.note", in.Candidate, in.Code+" "+in.Note)
	})
	s.Bell.Ring(bell.Board)
	return out, err
}

// Irregularities lists those of a sitting, oldest first.
func Irregularities(r store.Reader, sitting string) ([]Irregularity, error) {
	return store.All[Irregularity](r, irregularityBucket, sitting+"/")
}

// Message is a word from the centre, shown until somebody has read it.
type Message struct {
	wire.Message
	At     time.Time `json:"at"`
	ReadBy string    `json:"read_by,omitempty"`
}

// ApplyMessage stores a message of the centre.
func ApplyMessage(_ context.Context, tx *store.Tx, o wire.Order) error {
	b, err := wire.Decode[wire.Message](o.Body)
	if err != nil {
		return err
	}
	if b.ID == "" {
		return fault.Invalidf("supervise.message.id", "消息没有编号，请中心重新发送")
	}
	if tx.Get(messageBucket, b.ID) != nil {
		return nil
	}
	return store.Save(tx, messageBucket, b.ID, Message{Message: b, At: o.At})
}

// Messages lists them, newest first.
func Messages(r store.Reader) ([]Message, error) {
	list, err := store.All[Message](r, messageBucket, "")
	out := make([]Message, 0, len(list))
	for i := len(list) - 1; i >= 0; i-- {
		out = append(out, list[i])
	}
	return out, err
}

// Read notes who has read a message.
func (s *Service) Read(ctx context.Context, id string) error {
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		m, ok, err := store.Load[Message](tx, messageBucket, id)
		if err != nil {
			return err
		}
		if !ok {
			return fault.NotFoundf("supervise.message.missing", "没有这条消息，请刷新页面")
		}
		if m.ReadBy != "" {
			return nil
		}
		m.ReadBy = audit.Who(ctx)
		if err := store.Save(tx, messageBucket, id, m); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "supervise.message.read", id, "")
	})
	s.Bell.Ring(bell.Board)
	return err
}
