package letter

import "huyun.internal/protocol/fault"

// VisitSlip is the slip (D13) of a booked visit, AP01: what the booking says on the
// day it is printed. Nothing is kept of it, so it has no code; the booking's number
// is what a desk asks for. It checks no right. Faults: licensing.letter.visit, those
// of Preview.
func (s *Service) VisitSlip(f Facts) ([]byte, error) {
	if f.Visit == "" {
		return nil, fault.New(fault.Internal, "licensing.letter.visit", "预约没有时间和地点，请联系系统管理员")
	}
	// what it says is the same in every trade
	sh, err := s.prepare(&Request{Kind: Slip, Trade: "road", Facts: f})
	if err != nil {
		return nil, err
	}
	out, err := sh.print()
	return out.pdf, err
}
