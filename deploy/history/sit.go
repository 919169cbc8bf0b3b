package history

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/exam/pack"
	"huyun.internal/protocol/wire"
)

// How often something happens, one in so many.
const (
	oneStaysAway = 14
	oneIsLate    = 4  // of those, comes when the door is shut
	oneIsUnsure  = 12 // the engine leaves it to a proctor
	oneIsUnlike  = 40 // the engine says no at first
	oneIsNoted   = 45 // an irregularity
	oneAlarms    = 60
)

// The engine of the year: results as the demonstration-grade engine gives them.
const (
	engine    = "classic"
	threshold = 0.60
)

// sit lets everybody in who comes and has them answer their papers.
func (h *hall) sit(ctx context.Context, shift float64) error {
	for i, c := range h.roster.Candidates {
		if h.r.IntN(oneStaysAway) == 0 {
			if h.r.IntN(oneIsLate) == 0 {
				h.late(i, c)
			}
			continue
		}
		who := person{ability: average + shift + h.r.NormFloat64(), r: h.r}
		attempt := fmt.Sprintf("%s-%03d", h.in.ID, i+1)
		h.door(i, c)
		if err := h.answer(i, c, attempt, who); err != nil {
			return fmt.Errorf("sit: %w", err)
		}
		h.troubles(i, c)
	}
	return h.send(ctx)
}

// late is somebody who came when the door was shut: not let in, and noted.
func (h *hall) late(i int, c pack.Candidate) {
	h.at = h.in.StartsAt.Add(16*time.Minute + time.Duration(i)*time.Second)
	h.note(i, c, "V01", "开考 15 分钟后到场，未准入场（演示数据）")
}

// door is what the engine and the proctor found before somebody was let in.
func (h *hall) door(i int, c pack.Candidate) {
	h.at = h.in.StartsAt.Add(doors + time.Duration(i)*perDoor)
	id := fmt.Sprintf("%s-v%03d", h.in.ID, i+1)
	look := wire.Verification{
		ID: id, Sitting: h.in.ID, Candidate: c.ID, Stage: wire.StageEntry, Score: 0.66 + 0.07*h.r.NormFloat64(), Threshold: threshold, Engine: engine,
		Model: "lbp", Demo: true, Faces: 1, Decision: wire.DecisionPass, By: "machine", Reason: "face.match",
	}
	switch {
	case h.r.IntN(oneIsUnsure) == 0:
		look.Decision, look.Score, look.Reason = wire.DecisionManual, 0.57, "face.unsure"
	case h.r.IntN(oneIsUnlike) == 0:
		look.Decision, look.Score, look.Reason = wire.DecisionFail, 0.31, "face.unlike"
	default:
		look.Score = max(look.Score, threshold)
	}
	by := "machine"
	h.add(wire.KindVerification, look)
	if look.Decision != wire.DecisionPass {
		by = proctor
		look.ID, look.Decision, look.By, look.Reason = id+"-p", wire.DecisionPass, by, "已核对身份证原件，是本人"
		h.at = h.at.Add(20 * time.Second)
		h.add(wire.KindVerification, look)
	}
	h.add(wire.KindCheckin, wire.Checkin{Sitting: h.in.ID, Candidate: c.ID, Admitted: true, Verification: look.ID, Seat: c.Seat, By: by})
}

// answer is one candidate's whole paper: made by the rule, answered by ability,
// some answers after a change of mind, and marked by the code that the venues use.
// It takes the time that the hand-in says.
func (h *hall) answer(i int, c pack.Candidate, attempt string, who person) error {
	paper := h.plan.Paper(exam.SeedFor(h.paper.Secret, h.in.ID, c.ID), h.paper.Recent[c.ID]...)
	h.at = h.in.StartsAt.Add(sitDown + time.Duration(i)*perSeat)
	h.add(wire.KindLogin, wire.Login{Sitting: h.in.ID, Candidate: c.ID, Attempt: attempt, Seat: c.Seat, Terminal: "演示机 " + c.Seat, Fence: 1})
	h.add(wire.KindPaperIssued, wire.PaperIssued{Sitting: h.in.ID, Candidate: c.ID, Attempt: attempt, Digest: paper.Digest().String(), Questions: len(paper.Items)})
	h.at = h.in.StartsAt
	h.add(wire.KindStarted, wire.Started{Sitting: h.in.ID, Attempt: attempt, Duration: time.Duration(h.in.Minutes) * time.Minute})
	begun := h.at
	used := time.Duration(h.r.IntN(max(h.in.Minutes-8, 1))+8)*time.Minute - time.Duration(h.r.IntN(60))*time.Second
	var replies []exam.Response
	for n, it := range paper.Items {
		h.at = begun.Add(used * time.Duration(n) / time.Duration(len(paper.Items)+1))
		q, ok := h.index.Question(it.Question)
		if !ok {
			return fmt.Errorf("question %s is not in the range", it.Question)
		}
		behaves, asked := itemOf(q, it.Sub), q
		if it.Sub > 0 {
			asked = &q.Sub[it.Sub-1]
		}
		right := who.right(behaves)
		tries := []bool{right}
		if h.r.IntN(15) == 0 {
			tries = []bool{!right, right}
		}
		for n, try := range tries {
			r := exam.Response{Item: it.No, Revision: uint64(n + 1), Choice: who.choice(asked, try)} //nolint:gosec // small
			replies = append(replies, r)
			h.closed.Answers++
			h.add(wire.KindAnswer, wire.Answer{Sitting: h.in.ID, Attempt: attempt, Item: r.Item, Revision: r.Revision, Choice: r.Choice, Fence: 1})
		}
	}
	h.at = begun.Add(used - time.Second) // add moves on by one
	return h.handIn(attempt, &paper, replies, used)
}

func (h *hall) handIn(attempt string, paper *exam.Paper, replies []exam.Response, used time.Duration) error {
	res, err := exam.Score(paper, h.index, replies)
	if err != nil {
		return err
	}
	digest := exam.AnswersDigest(replies).String()
	h.digests[attempt] = digest
	h.closed.Admitted++
	h.closed.Issued++
	h.closed.Started++
	h.closed.Submitted++
	h.add(wire.KindHandin, wire.Handin{Sitting: h.in.ID, Attempt: attempt, How: "candidate", Answered: res.Answered, Answers: digest, Score: int(res.Total), Used: used})
	return nil
}

// troubles are what proctors and machines note now and then, while people write.
func (h *hall) troubles(i int, c pack.Candidate) {
	if h.r.IntN(oneIsNoted) == 0 {
		h.at = h.in.StartsAt.Add(time.Duration(1+h.r.IntN(6)) * time.Minute)
		h.note(i, c, breachOf(h.r), "演示数据")
	}
	if h.r.IntN(oneAlarms) == 0 {
		h.at = h.in.StartsAt.Add(time.Duration(1+h.r.IntN(6)) * time.Minute)
		id := fmt.Sprintf("%s-a%03d", h.in.ID, i+1)
		a := wire.Alarm{ID: id, Sitting: h.in.ID, Candidate: c.ID, Seat: c.Seat, Level: wire.AlarmYellow, Code: "face.away", Text: "座位 " + c.Seat + " 无人超过 60 秒"}
		if h.r.IntN(4) == 0 {
			a.Level, a.Code, a.Text = wire.AlarmRed, "face.several", "座位 "+c.Seat+" 检出多人"
		}
		h.add(wire.KindAlarm, a)
		h.at = h.at.Add(time.Duration(20+h.r.IntN(60)) * time.Second)
		h.add(wire.KindAlarmCleared, wire.AlarmAcknowledged{ID: id, Sitting: h.in.ID, By: proctor, Note: "已到座位查看"})
	}
}

// note is an irregularity, with what the centre will make of it.
func (h *hall) note(i int, c pack.Candidate, code, words string) {
	id := fmt.Sprintf("%s-i%03d", h.in.ID, i+1)
	h.breach[id] = conduct.Decision{Consequence: conduct.Usual(code), Reason: "演示数据：按监考记录认定"}
	h.add(wire.KindIrregularity, wire.Irregularity{ID: id, Sitting: h.in.ID, Candidate: c.ID, Code: code, Note: words, By: proctor})
}

// breachOf draws a breach of somebody who sits.
func breachOf(r *rand.Rand) string {
	codes := []string{"V02", "V02", "V03", "V03", "V03", "V04", "V05"}
	return codes[r.IntN(len(codes))]
}
