package seating

import (
	"slices"

	"huyun.internal/edge/exam"
	"huyun.internal/protocol/wire"
)

// enoughAtDoor says why a candidate owes no check before the start at this seat,
// or "": a person has admitted them with the papers in hand, and nothing here
// could compare their face. A second look by a person would be the same look
// again. Where a camera works the seat compares, whoever admitted them: it sees
// who has sat down. A proctor may still look at any seat, and decide.
func (s *Service) enoughAtDoor(st exam.Sitting, e Entry, t Terminal) string {
	if e.By == "" || e.By == machine || s.compares(st, t.ID) {
		return ""
	}
	return "入场时已由监考员人工核验（" + e.Reason + "），本座位不能拍照核验，开考前不再重复核验"
}

// compares reports whether this seat can take a picture that is compared: not
// where the preflight let the face service pass as missing, nor at a machine
// without a camera where it let the cameras pass.
func (s *Service) compares(st exam.Sitting, terminal string) bool {
	lacks := func(code string) bool {
		return slices.ContainsFunc(st.Preflight.Checks, func(c wire.Check) bool { return c.Code == code && (c.Waived != "" || !c.OK) })
	}
	if lacks("vision") {
		return false
	}
	return !lacks("camera") || s.Sees == nil || s.Sees(terminal)
}
