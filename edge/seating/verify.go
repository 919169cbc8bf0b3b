package seating

import (
	"context"
	"strconv"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/face"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// compare keeps the picture and asks the engine. Only a picture we cannot take
// is an error; everything the engine may say is an outcome.
func (s *Service) compare(ctx context.Context, st exam.Sitting, candidate, stage string, picture []byte) (face.Opinion, string, error) {
	digest, err := s.Evidence.Put(picture)
	if err != nil {
		return nil, "", err
	}
	reference, err := s.Exam.Photo(st.Sitting, candidate)
	if err != nil && !fault.Is(err, "exam.roster.photo") {
		return nil, "", err
	}
	return s.Faces.Verify(ctx, stage, reference, picture), digest, nil
}

func failures(r store.Reader, sitting, candidate, stage string) int {
	n, _ := strconv.Atoi(string(r.Get(failureBucket, sitting+"/"+candidate+"/"+stage)))
	return n
}

// record stores one comparison and tells the centre. What it means is judged
// here, by the failures that are written: several pictures sent at once are as
// many tries as one after the other.
func (s *Service) record(tx *store.Tx, st exam.Sitting, candidate, stage string, opinion face.Opinion, digest string) (face.Outcome, Verification, error) {
	o := opinion(failures(tx, st.Sitting, candidate, stage))
	v := Verification{Verification: o.Verification, At: tx.Now(), Text: o.Text, Retry: o.Retry, Deciders: o.Deciders}
	v.ID, v.Sitting, v.Candidate, v.Snapshot = exam.NewID(), st.Sitting, candidate, digest
	key := st.Sitting + "/" + candidate + "/" + v.Stage
	switch {
	case o.Failure:
		n := failures(tx, st.Sitting, candidate, v.Stage) + 1
		tx.Put(failureBucket, key, []byte(strconv.Itoa(n)))
	case v.Decision == wire.DecisionPass:
		tx.Delete(failureBucket, key)
	}
	return o, v, s.keep(tx, v)
}

// recordManual stores a person's decision. It takes over picture and score of
// the comparison it decides about, when there was one at that stage.
func (s *Service) recordManual(tx *store.Tx, e Entry, about, stage string, pass bool, by, reason string) (Verification, error) {
	var v Verification
	if about != "" {
		last, _, err := store.Load[Verification](tx, VerificationBucket, e.Sitting+"/"+e.Candidate+"/"+about)
		if err != nil {
			return v, err
		}
		if last.Stage == stage {
			v.Verification, v.About = last.Verification, about
		}
	}
	if v.Engine == "" {
		v.Engine = "none"
	}
	v.ID, v.Sitting, v.Candidate, v.Stage = exam.NewID(), e.Sitting, e.Candidate, stage
	v.Decision, v.By, v.Reason, v.At, v.Text = wire.DecisionFail, by, reason, tx.Now(), "人工核验"
	if pass {
		v.Decision = wire.DecisionPass
		tx.Delete(failureBucket, e.Sitting+"/"+e.Candidate+"/"+stage)
		return v, s.keep(tx, v)
	}
	var err error
	if v.Deciders, err = deciders(tx, e.Sitting, e.Candidate, stage); err != nil {
		return v, err
	}
	return v, s.keep(tx, v)
}

func (s *Service) keep(tx *store.Tx, v Verification) error {
	if err := store.Save(tx, VerificationBucket, v.Sitting+"/"+v.Candidate+"/"+v.ID, v); err != nil {
		return err
	}
	_, err := tx.Append(journal.LaneExam, wire.KindVerification, v.Sitting, v.Verification)
	return err
}

// raise tells the proctors what the policy wants them to know.
func (s *Service) raise(tx *store.Tx, st exam.Sitting, candidate, seat string, o face.Outcome, digest string) error {
	if o.Alarm == "" {
		return nil
	}
	return alarm.Raise(tx, faceKey(st.Sitting, candidate, o.Stage), wire.Alarm{
		Sitting: st.Sitting, Candidate: candidate, Seat: seat, Level: o.Alarm, Code: o.Reason,
		Text: "座位 " + seat + " 人脸核验：" + o.Text, Snapshot: digest,
	})
}

func faceKey(sitting, candidate, stage string) string {
	return "face/" + sitting + "/" + candidate + "/" + stage
}

// notSeated fails with seating.checkin.seated once a candidate has logged in.
func (s *Service) notSeated(r store.Reader, sitting, candidate string) error {
	_, ok, err := attempt.Of(r, sitting, candidate)
	if err == nil && ok {
		err = fault.Preconditionf("seating.checkin.seated", "考生已登录考试机，入场已办完；请在“监考”页面打开该座位，核验、换机或交卷")
	}
	return err
}
