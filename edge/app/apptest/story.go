package apptest

import (
	"encoding/base64"
	"fmt"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// Password of every member of the test venue's staff.
const Password = "Correct-Horse-9"

// Staff sends down a proctor, a second proctor, a chief and a technician.
func (h *House) Staff() {
	h.T.Helper()
	salt := []byte("0123456789abcdef")
	key := argon2.IDKey([]byte(Password), salt, 1, 8<<10, 1, 32)
	phc := fmt.Sprintf("$argon2id$v=19$m=%d,t=1,p=1$%s$%s", 8<<10,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
	m := func(user, name string, roles ...string) wire.StaffMember {
		return wire.StaffMember{Username: user, Name: name, Password: phc, Roles: roles}
	}
	require.NoError(h.T, h.Order(wire.OrderStaff, wire.Staff{Version: 1, Members: []wire.StaffMember{
		m("proctor", "监考甲", "proctor"), m("second", "监考乙", "proctor"), m("chief", "主考丙", "chief"), m("tech", "技术丁", "technician"),
	}}))
}

// Waive gives everything that is open in the sitting the same reason, and the
// second person of Staff.
func (h *House) Waive(reason string) supervise.Waiver {
	h.T.Helper()
	c, err := h.Supervise.Reconcile(Sitting)
	require.NoError(h.T, err)
	w := supervise.Waiver{Reasons: map[string]string{}, SecondUser: "second", SecondPassword: Password}
	for _, p := range c.Problems {
		w.Reasons[p.Code] = reason
	}
	return w
}

// Assigned sends the sitting down.
func (h *House) Assigned() {
	h.T.Helper()
	n := h.Built.Manifest.Candidates
	seats := make([]string, n+2)
	for i := range seats {
		seats[i] = Seat(i)
	}
	require.NoError(h.T, h.Order(wire.OrderSittingAssigned, wire.SittingAssigned{
		Sitting: Sitting, Version: 1, Title: "出租汽车驾驶员考试", Category: "09002", Subject: "区域科目", Venue: VenueID,
		Room: "一号考场", Start: h.Time.Now().Add(time.Hour), Duration: Minutes, Seats: seats, Candidates: n, SEB: h.SEB,
	}))
}

// Received brings a sitting to the point where its package lies here.
func (h *House) Received() {
	h.T.Helper()
	h.Assigned()
	require.NoError(h.T, h.Exam.RequestOpening(h.Ctx(), Sitting, exam.Opening{Proctors: []string{"监考甲"}}))
	require.NoError(h.T, h.Order(wire.OrderOpeningDecided, wire.OpeningDecided{Sitting: Sitting, Approved: true, By: "centre"}))
	require.NoError(h.T, h.Order(wire.OrderPackManifest, wire.PackManifest{
		Sitting: Sitting, Pack: h.Built.Digest.String(), Size: h.Built.Size, Version: 1,
	}))
	h.Exam.Look(h.T.Context())
}

// Opened brings a sitting to the point where questions can be read.
func (h *House) Opened() {
	h.T.Helper()
	h.Received()
	require.NoError(h.T, h.Order(wire.OrderKeyRelease, wire.KeyRelease{
		Sitting: Sitting, Pack: h.Built.Digest.String(), Half: h.Built.Release, By: "centre",
	}))
	h.Exam.Look(h.T.Context())
	st, err := h.Exam.Sitting(Sitting)
	require.NoError(h.T, err)
	require.Equal(h.T, exam.Opened, st.State)
}

// Person is a candidate at a terminal, with the keys that sign.
type Person struct {
	House    *House
	N        int
	Terminal seating.Terminal
	TermKey  []byte
	Session  attempt.Session
	Key      []byte
	counter  uint64
}

// Pair pairs a terminal to seat i.
func (h *House) Pair(i int) (seating.Terminal, []byte) {
	h.T.Helper()
	code, err := h.Seating.NewCode(h.Ctx(), []string{Seat(i)})
	require.NoError(h.T, err)
	t, key, err := h.Seating.Pair(h.T.Context(), "10.0.0.1", code.Code, "", "pc")
	require.NoError(h.T, err)
	return t, key
}

// Admit lets candidate i in at the door: by face, or by their papers when they
// do not agree to that.
func (h *House) Admit(i int) {
	h.T.Helper()
	if h.declines[i] {
		_, err := h.Seating.Decide(h.Ctx(), Sitting, CandidateID(i), seating.Decision{Admit: true, Reason: "身份证与本人一致"})
		require.NoError(h.T, err)
		return
	}
	_, e, err := h.Seating.Face(h.Ctx(), Sitting, CandidateID(i), Photo(i), true)
	require.NoError(h.T, err)
	require.Equal(h.T, seating.Admitted, e.Standing)
}

// Sit admits candidate i, pairs their seat and logs them in, identity confirmed,
// face checked (unless they declined) and rules read.
func (h *House) Sit(i int) *Person {
	h.T.Helper()
	return h.sit(i, !h.declines[i])
}

// SitUnchecked is Sit without the check of the face before the start.
func (h *House) SitUnchecked(i int) *Person {
	h.T.Helper()
	return h.sit(i, false)
}

func (h *House) sit(i int, checked bool) *Person {
	h.T.Helper()
	h.Admit(i)
	p := &Person{House: h, N: i}
	p.Terminal, p.TermKey = h.Pair(i)
	p.Login()
	require.NoError(h.T, h.Attempts.Confirm(h.T.Context(), p.Session, true))
	if checked {
		v, err := h.Seating.FaceAtSeat(h.T.Context(), Sitting, CandidateID(i), p.Session.Attempt, p.Session.Seat, wire.StagePre, Photo(i))
		require.NoError(h.T, err)
		require.Equal(h.T, wire.DecisionPass, v.Decision)
	}
	require.NoError(h.T, h.Attempts.Consent(h.T.Context(), p.Session))
	return p
}

// Login logs the person in at their terminal.
func (p *Person) Login() {
	p.House.T.Helper()
	s, err := p.House.Seating.Login(p.House.T.Context(), p.Terminal, seating.Login{Admission: Admission(p.N), IDNumber: IDNumber(p.N)})
	require.NoError(p.House.T, err)
	p.Session, p.Key, p.counter = s.Session, s.Key, 0
}

// Ticket is a fresh signed request.
func (p *Person) Ticket(body string) attempt.Ticket {
	p.counter++
	return p.TicketAt(p.counter, body)
}

// TicketAt is a signed request with a counter of one's own choice.
func (p *Person) TicketAt(counter uint64, body string) attempt.Ticket {
	mac := envelope.SignRequest(p.Key, "POST", "/terminal/v1/answer", []byte(body), counter)
	return attempt.Ticket{Session: p.Session, Counter: counter, Hash: mac.String()}
}

// Save saves one answer.
func (p *Person) Save(item string, revision uint64, choice ...string) (attempt.Receipt, error) {
	body := fmt.Sprint(item, revision, choice)
	return p.House.Attempts.Save(p.House.T.Context(), p.Ticket(body), []attempt.Save{{Item: item, Revision: revision, Choice: choice}})
}

// Status reads the person's state.
func (p *Person) Status() attempt.Status {
	p.House.T.Helper()
	st, err := p.House.Attempts.Status(p.House.T.Context(), p.Session)
	require.NoError(p.House.T, err)
	return st
}

// Records reads every record of a kind from the exam lane.
func (h *House) Records(kind string) []journal.Record {
	h.T.Helper()
	head, err := h.Store.Journal(journal.LaneExam).Head()
	require.NoError(h.T, err)
	var out []journal.Record
	for from := uint64(1); from <= head.Seq; {
		recs, err := h.Store.Journal(journal.LaneExam).Read(from, 1000, 1<<24)
		require.NoError(h.T, err)
		require.NotEmpty(h.T, recs)
		for _, r := range recs {
			if r.Kind == kind {
				out = append(out, r)
			}
		}
		from = recs[len(recs)-1].Seq + 1
	}
	return out
}

// Bodies decodes the records of a kind.
func Bodies[T any](h *House, kind string) []T {
	h.T.Helper()
	var out []T
	for _, r := range h.Records(kind) {
		v, err := wire.Decode[T](r.Body)
		require.NoError(h.T, err)
		out = append(out, v)
	}
	return out
}

// Right answers of the test questions by the shape of a slot.
func Right(s attempt.Slot) []string {
	switch {
	case s.Multi:
		return []string{"A", "C"}
	case len(s.Keys) == 2:
		return []string{"T"}
	}
	return []string{"B"}
}

// Attempt loads a person's attempt.
func (p *Person) Attempt() attempt.Attempt {
	p.House.T.Helper()
	a, err := p.House.Attempts.Get(p.Session.Attempt)
	require.NoError(p.House.T, err)
	return a
}

// View runs fn over the store.
func (h *House) View(fn func(r store.Reader) error) {
	h.T.Helper()
	require.NoError(h.T, h.Store.View(fn))
}
