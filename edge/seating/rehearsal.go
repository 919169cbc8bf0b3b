package seating

import (
	"context"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/protocol/fault"
)

// AdmitAll lets everybody of a rehearsal in: they are made-up names, nobody of
// them is looked at by a camera, and they may sit anywhere. It refuses a real
// sitting, whose door it would leave open.
func (s *Service) AdmitAll(ctx context.Context, tx *store.Tx, st exam.Sitting) error {
	if !st.Rehearsal() {
		return fault.Forbiddenf("seating.checkin.real", "正式场次必须逐人核验入场")
	}
	roll, err := s.Exam.CandidatesIn(tx, st.Sitting)
	if err != nil {
		return err
	}
	for _, c := range roll {
		e := Entry{Sitting: st.Sitting, Candidate: c.ID, Standing: Admitted, Declined: true, By: audit.Who(ctx), At: tx.Now(), Reason: "演练"}
		if err := store.Save(tx, entryBucket, st.Sitting+"/"+c.ID, e); err != nil {
			return err
		}
	}
	return nil
}
