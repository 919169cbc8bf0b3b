package sitting

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/exam/printout"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// PermPrint prints admission tickets, the seat plan and the list of absentees
// (M62). ID numbers stay masked on all of them; each print is on record.
const PermPrint = "exam.sitting.print"

// Sheet is a PDF with the name to save it under.
type Sheet struct {
	Name string
	Data []byte
}

const (
	// who was not let in at last, turned away or never come: as the close-out counts
	absentSQL = listCandidateSQL + ` WHERE c.sitting = $1 AND NOT coalesce((SELECT d.admitted FROM exam_checkin d
		WHERE d.sitting = c.sitting AND d.candidate = c.id ORDER BY d.at DESC, d.record DESC LIMIT 1), false) ORDER BY c.seq`
	portraitsSQL = `SELECT id, photo, photo_blob FROM exam_candidate WHERE sitting = $1 AND photo IS NOT NULL AND ($2 = '' OR id = $2)`
)

type portraitRow struct {
	ID    string `db:"id"`
	Photo []byte `db:"photo"`
	Blob  []byte `db:"photo_blob"`
}

// printing reads a sitting that is to be printed, records it, and lays it out
// outside the transaction. Fault: exam.sitting.print.seats.
func (s *Service) printing(ctx context.Context, id, what string, read func(tx pgx.Tx, in Sitting) ([]Candidate, error)) (Sitting, printout.Sitting, []Candidate, error) {
	return s.laidOut(ctx, id, what, func(tx pgx.Tx) (Sitting, error) { return s.readable(ctx, tx, PermPrint, sittingSQL, id) }, read)
}

func (s *Service) laidOut(
	ctx context.Context, id, what string, open func(tx pgx.Tx) (Sitting, error), read func(tx pgx.Tx, in Sitting) ([]Candidate, error),
) (Sitting, printout.Sitting, []Candidate, error) {
	var in Sitting
	var head printout.Sitting
	var people []Candidate
	err := s.DB.InTx(ctx, func(tx pgx.Tx) error {
		var err error
		if in, err = open(tx); err != nil {
			return err
		}
		if people, err = read(tx, in); err != nil {
			return err
		}
		if head, err = s.Heading(ctx, tx, in); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, PermPrint, id, map[string]any{"what": what, "people": len(people)})
	})
	return in, head, people, err
}

// seated refuses to print what has no seats yet.
func seated(in Sitting, people []Candidate) error {
	if in.Assignment == 0 || slices.ContainsFunc(people, func(c Candidate) bool { return c.Seat == "" }) {
		return fault.New(fault.Precondition, "exam.sitting.print.seats", "有考生还没有排座，请先“排座并下达”再打印")
	}
	return nil
}

// Tickets are the admission tickets of a whole sitting or, named, of one
// candidate. Faults: exam.sitting.print.seats, page.font.
func (s *Service) Tickets(ctx context.Context, id, candidate string) (Sheet, error) {
	return s.tickets(ctx, id, candidate, func(tx pgx.Tx) (Sitting, error) { return s.readable(ctx, tx, PermPrint, sittingSQL, id) })
}

// Ticket is the admission ticket of a candidate for whom the caller answers: their
// own, or of a case that the reader handles. It checks no right. Faults: as Tickets.
func (s *Service) Ticket(ctx context.Context, id, candidate string) (Sheet, error) {
	return s.tickets(ctx, id, candidate, func(tx pgx.Tx) (Sitting, error) { return db.Row[Sitting](ctx, tx, sittingSQL, id) })
}

func (s *Service) tickets(ctx context.Context, id, candidate string, open func(tx pgx.Tx) (Sitting, error)) (Sheet, error) {
	in, head, people, err := s.laidOut(ctx, id, "ticket", open, func(tx pgx.Tx, in Sitting) ([]Candidate, error) {
		sql, args := allCandidatesSQL, []any{id}
		if candidate != "" {
			sql, args = candidateSQL, append(args, candidate)
		}
		list, err := db.Rows(ctx, tx, pgx.RowToStructByName[Candidate], sql, args...)
		if err == nil && candidate != "" && len(list) == 0 {
			err = db.Missing()
		}
		if err != nil {
			return nil, err
		}
		return list, seated(in, list)
	})
	if err != nil {
		return Sheet{}, err
	}
	rows, err := db.Rows(ctx, s.DB, pgx.RowToStructByName[portraitRow], portraitsSQL, id, candidate)
	if err != nil {
		return Sheet{}, err
	}
	photos := map[string][]byte{}
	for _, r := range rows {
		if photos[r.ID], err = s.openPhoto(ctx, r.Photo, r.Blob); err != nil {
			return Sheet{}, err
		}
	}
	out := make([]printout.Person, len(people))
	for i, c := range people {
		out[i] = printed(c, c.Name)
		out[i].Photo = photos[c.ID]
	}
	data, err := printout.Tickets(head, out)
	return Sheet{fmt.Sprintf("准考证-%s.pdf", in.Number), data}, err
}

// SeatPlan is what hangs at the door, names masked. Faults:
// exam.sitting.print.seats, page.font.
func (s *Service) SeatPlan(ctx context.Context, id string) (Sheet, error) {
	var seats []string
	in, head, people, err := s.printing(ctx, id, "seat-plan", func(tx pgx.Tx, in Sitting) ([]Candidate, error) {
		room, err := s.Venues.Room(ctx, tx, in.Venue, in.Room)
		if err != nil {
			return nil, err
		}
		seats = room.Seats
		list, err := db.Rows(ctx, tx, pgx.RowToStructByName[Candidate], allCandidatesSQL, id)
		if err != nil {
			return nil, err
		}
		return list, seated(in, list)
	})
	if err != nil {
		return Sheet{}, err
	}
	out := make([]printout.Person, len(people))
	for i, c := range people {
		out[i] = printed(c, person.MaskName(c.Name))
	}
	data, err := printout.SeatPlan(head, seats, out)
	return Sheet{fmt.Sprintf("座位表-%s.pdf", in.Number), data}, err
}

// Absentees lists who did not come, once the venue has closed. Fault:
// exam.sitting.absent.open.
func (s *Service) Absentees(ctx context.Context, id string) ([]Candidate, error) {
	in, err := s.readable(ctx, s.DB, PermPrint, sittingSQL, id)
	if err != nil {
		return nil, err
	}
	return absentees(ctx, s.DB, in)
}

func absentees(ctx context.Context, q db.Q, in Sitting) ([]Candidate, error) {
	if !slices.Contains([]State{Closed, Scored, Published}, in.State) {
		return nil, fault.Newf(fault.Precondition, "exam.sitting.absent.open", "场次当前为“%s”，考场结束场次后才有缺考名单", StateName(in.State))
	}
	return db.Rows(ctx, q, pgx.RowToStructByName[Candidate], absentSQL, in.ID)
}

// AbsentSheet is the list of absentees to be signed. Faults:
// exam.sitting.absent.open, page.font.
func (s *Service) AbsentSheet(ctx context.Context, id string) (Sheet, error) {
	in, head, people, err := s.printing(ctx, id, "absent", func(tx pgx.Tx, in Sitting) ([]Candidate, error) {
		return absentees(ctx, tx, in)
	})
	if err != nil {
		return Sheet{}, err
	}
	out := make([]printout.Person, len(people))
	for i, c := range people {
		out[i] = printed(c, c.Name)
	}
	data, err := printout.Absent(head, in.Candidates, out)
	return Sheet{fmt.Sprintf("缺考名单-%s.pdf", in.Number), data}, err
}

func printed(c Candidate, name string) printout.Person {
	return printout.Person{Name: name, IDNo: c.IDNo, Admission: c.Admission, Seat: c.Seat}
}
