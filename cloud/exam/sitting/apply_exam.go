package sitting

import (
	"context"
	"fmt"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

func (a *applier) login(ctx context.Context, rec journal.Record) error {
	b, err := decode(ctx, a, rec, func(b *wire.Login) string { return b.Sitting })
	if err != nil {
		return err
	}
	fence, err := big(b.Fence)
	if err != nil {
		return err
	}
	if _, err := a.exec(ctx, loginSQL, b.Sitting, b.Attempt, b.Candidate, a.node, b.Seat, b.Terminal, fence, rec.At, number(rec)); err != nil {
		return err
	}
	_, err = a.event(ctx, rec, b.Sitting, b.Attempt, "", b)
	return err
}

func (a *applier) seatMoved(ctx context.Context, rec journal.Record) error {
	b, err := decode(ctx, a, rec, func(b *wire.SeatMoved) string { return b.Sitting })
	if err != nil {
		return err
	}
	fence, err := big(b.Fence)
	if err != nil {
		return err
	}
	if _, err := a.exec(ctx, movedSQL, b.Sitting, b.Attempt, a.node, b.To, fence, rec.At, number(rec)); err != nil {
		return err
	}
	_, err = a.event(ctx, rec, b.Sitting, b.Attempt, b.By, b)
	return err
}

func (a *applier) paperIssued(ctx context.Context, rec journal.Record) error {
	b, err := decode(ctx, a, rec, func(b *wire.PaperIssued) string { return b.Sitting })
	if err != nil {
		return err
	}
	if b.Relaxed == nil {
		b.Relaxed = []string{}
	}
	paper, err := db.Value[string](ctx, a.tx, issuedSQL, b.Sitting, b.Attempt, b.Candidate, a.node, b.Digest, b.Questions, b.Relaxed, rec.At, number(rec))
	if err != nil {
		return err
	}
	if paper != b.Digest {
		return a.anomaly(ctx, rec, b.Sitting, "paper.reissued", "同一次应考生成了两份不同的试卷，以第一份为准，请核实")
	}
	return nil
}

func (a *applier) started(ctx context.Context, rec journal.Record) error {
	b, err := wire.Decode[wire.Started](rec.Body)
	if err != nil {
		return err
	}
	in, err := a.locked(ctx, rec, b.Sitting)
	if err != nil {
		return err
	}
	if _, err := a.exec(ctx, startedSQL, b.Sitting, b.Attempt, a.node, rec.At, b.Duration.Milliseconds(), number(rec)); err != nil {
		return err
	}
	if in.State == Running {
		return nil
	}
	err = a.s.note(ctx, a.tx, in.ID, Receipt{Kind: ReceiptStarted, Ref: "first", OK: true, Text: "第一名考生开始作答", At: rec.At})
	if err != nil {
		return err
	}
	return a.s.place(ctx, a.tx, in, in.position().Fact(VerbStart), in.Reason)
}

func (a *applier) timeExtended(ctx context.Context, rec journal.Record) error {
	b, err := decode(ctx, a, rec, func(b *wire.TimeExtended) string { return b.Sitting })
	if err != nil {
		return err
	}
	fresh, err := a.event(ctx, rec, b.Sitting, b.Attempt, b.By, b)
	if err != nil || !fresh {
		return err
	}
	_, err = a.exec(ctx, extendSQL, b.Sitting, b.Attempt, b.Extra.Milliseconds())
	return err
}

// paused handles pauses and resumptions, whose bodies are alike.
func (a *applier) paused(ctx context.Context, rec journal.Record) error {
	b, err := decode(ctx, a, rec, func(b *wire.Paused) string { return b.Sitting })
	if err != nil {
		return err
	}
	fresh, err := a.event(ctx, rec, b.Sitting, b.Attempt, b.By, b)
	if err != nil || !fresh {
		return err
	}
	_, err = a.exec(ctx, pauseSQL, b.Sitting, b.Attempt, rec.Kind == wire.KindPaused)
	return err
}

func (a *applier) handin(ctx context.Context, rec journal.Record) error {
	b, err := decode(ctx, a, rec, func(b *wire.Handin) string { return b.Sitting })
	if err != nil {
		return err
	}
	a.touched[b.Sitting] = true
	added, err := a.exec(ctx, handinSQL, b.Sitting, b.Attempt, b.How, b.By, b.Reason, b.Answered, b.Answers, b.Score,
		b.Used.Milliseconds(), a.node, number(rec), rec.At)
	if err != nil || added > 0 {
		return err
	}
	same, err := db.Value[bool](ctx, a.tx, handinAgainSQL, b.Sitting, b.Attempt, a.node, number(rec))
	if err != nil || same {
		return err
	}
	return a.anomaly(ctx, rec, b.Sitting, "handin.twice", "同一次应考交卷两次，以第一次为准，请核实")
}

// event keeps a record as it came, and says whether it is new.
func (a *applier) event(ctx context.Context, rec journal.Record, sitting, attempt, who string, detail any) (bool, error) {
	n, err := a.exec(ctx, eventSQL, a.node, number(rec), sitting, attempt, rec.Kind, who, detail, rec.At)
	return n > 0, err
}

func (a *applier) verification(ctx context.Context, rec journal.Record) error {
	b, err := decode(ctx, a, rec, func(b *wire.Verification) string { return b.Sitting })
	if err != nil {
		return err
	}
	switch b.Decision {
	case wire.DecisionPass, wire.DecisionFail, wire.DecisionManual:
	default:
		return fault.New(fault.Invalid, "exam.record.decision", "上报的核验结论无法识别")
	}
	_, err = a.exec(ctx, verificationSQL, b.ID, b.Sitting, b.Candidate, b.Stage, b.Score, b.Threshold, b.Engine, b.Model, b.Demo,
		b.Snapshot, b.Faces, b.Decision, b.By, b.Reason, a.node, number(rec), rec.At)
	return err
}

func (a *applier) checkin(ctx context.Context, rec journal.Record) error {
	b, err := decode(ctx, a, rec, func(b *wire.Checkin) string { return b.Sitting })
	if err != nil {
		return err
	}
	_, err = a.exec(ctx, checkinSQL, a.node, number(rec), b.Sitting, b.Candidate, b.Admitted, b.Verification, b.Seat, b.By, rec.At)
	return err
}

func (a *applier) irregularity(ctx context.Context, rec journal.Record) error {
	b, err := decode(ctx, a, rec, func(b *wire.Irregularity) string { return b.Sitting })
	if err != nil {
		return err
	}
	_, err = a.exec(ctx, irregularitySQL, b.ID, b.Sitting, b.Candidate, b.Code, b.Note, b.Evidence, b.By, a.node, number(rec), rec.At)
	return err
}

// alarm belongs to a sitting, or to the venue as a whole (a disk, the clock).
func (a *applier) alarm(ctx context.Context, rec journal.Record) error {
	b, err := wire.Decode[wire.Alarm](rec.Body)
	if err != nil {
		return err
	}
	if b.Sitting != "" {
		if err := a.own(ctx, rec, b.Sitting); err != nil {
			return err
		}
	}
	_, err = a.exec(ctx, alarmSQL, b.ID, a.node, b.Sitting, b.Candidate, b.Seat, b.Level, b.Code, b.Text, b.Snapshot, number(rec), rec.At)
	return err
}

func (a *applier) alarmSeen(ctx context.Context, rec journal.Record) error {
	b, err := wire.Decode[wire.AlarmAcknowledged](rec.Body)
	if err != nil {
		return err
	}
	if b.Sitting != "" {
		if err := a.own(ctx, rec, b.Sitting); err != nil {
			return err
		}
	}
	if _, err := a.exec(ctx, alarmSeenSQL, b.ID, a.node, b.Sitting, rec.At, b.By, b.Note); err != nil {
		return err
	}
	waiting, err := db.Rows(ctx, a.tx, scanText, waitingSQL, a.venue)
	for _, id := range waiting {
		a.ready[id] = true
	}
	return err
}

func (a *applier) closed(ctx context.Context, rec journal.Record) error {
	b, err := wire.Decode[wire.Closed](rec.Body)
	if err != nil {
		return err
	}
	in, err := a.locked(ctx, rec, b.Sitting)
	if err != nil {
		return err
	}
	a.touched[b.Sitting] = true
	if b.Waivers == nil {
		b.Waivers = []wire.Waiver{}
	}
	added, err := a.exec(ctx, closedSQL, b.Sitting, b.By, b.Booked, b.Admitted, b.Absent, b.Issued, b.Started, b.Submitted, b.Answers,
		b.Digest, a.node, number(rec), rec.At, b.Pending, b.Unused, b.Terminated, b.Acknowledged, b.Second, b.Waivers)
	if err != nil {
		return err
	}
	if added == 0 {
		same, err := db.Value[bool](ctx, a.tx, closedAgainSQL, b.Sitting, a.node, number(rec))
		if err != nil || same {
			return err
		}
		return a.anomaly(ctx, rec, b.Sitting, "closed.twice", "同一场次结束了两次，以第一次为准，请核实")
	}
	err = a.s.note(ctx, a.tx, in.ID, Receipt{
		Kind: ReceiptClosed, Ref: "closed", OK: true, Who: b.By, At: rec.At, Detail: map[string]any{"digest": b.Digest, "answers": b.Answers, "waived": len(b.Waivers)},
		Text: fmt.Sprintf("考场已结束场次：应考 %d，到考 %d，缺考 %d，交卷 %d", b.Booked, b.Admitted, b.Absent, b.Submitted),
	})
	if err != nil {
		return err
	}
	return a.s.place(ctx, a.tx, in, in.position().Fact(VerbClose), in.Reason)
}
