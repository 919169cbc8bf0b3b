package sitting

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/person"
)

// Seat states on the board, in the order of an exam without trouble.
const (
	SeatBooked    = "BOOKED"    // nobody has come yet
	SeatTurned    = "TURNED"    // turned away at the door
	SeatAdmitted  = "ADMITTED"  // through the door
	SeatLoggedIn  = "LOGGED_IN" // at the terminal
	SeatReady     = "READY"     // has a paper, waits for the start
	SeatAnswering = "ANSWERING"
	SeatPaused    = "PAUSED"
	SeatHandedIn  = "HANDED_IN"
)

// Board is a sitting as the centre sees it while it happens: what has arrived,
// which may be behind the venue when the network is down (Seen says how far).
type Board struct {
	Sitting  Sitting        `json:"sitting"`
	Gate     Gate           `json:"gate"`
	Seats    []Seat         `json:"seats"`
	Counts   map[string]int `json:"counts"`
	Saves    int            `json:"saves"`
	Alarms   []Alarm        `json:"alarms"`
	Breaches []Breach       `json:"irregularities"`
	Faces    []FaceCount    `json:"verifications"`
	Notes    []Anomaly      `json:"anomalies"`
	LastAt   *time.Time     `json:"last_at,omitempty" doc:"考场最近一条记录的时间（考场时钟）"`
	Node     NodeSeen       `json:"node"`
}

// NodeSeen is what is known of the venue's device; satisfied by cloud/node
// through Watcher.
type NodeSeen struct {
	ID     string        `json:"id"`
	Online bool          `json:"online"`
	SeenAt *time.Time    `json:"seen_at,omitempty"`
	Behind time.Duration `json:"behind_ns" doc:"最久未确认记录的时长"`
}

// Watcher says how the devices of venues are doing, all of them at once; a venue
// without a device is not in the answer. Optional.
type Watcher interface {
	Seen(ctx context.Context, venues ...string) (map[string]NodeSeen, error)
}

// Seat is one candidate's row; names are masked.
type Seat struct {
	Seat      string     `json:"seat" db:"seat"`
	Candidate string     `json:"candidate" db:"candidate"`
	Name      string     `json:"name" db:"name"`
	Admission string     `json:"admission" db:"admission"`
	State     string     `json:"state" db:"state"`
	Attempt   string     `json:"attempt" db:"attempt"`
	Terminal  string     `json:"terminal" db:"terminal"`
	Questions int        `json:"questions" db:"questions"`
	Answered  int        `json:"answered" db:"answered"`
	StartedAt *time.Time `json:"started_at,omitempty" db:"started_at"`
	SavedAt   *time.Time `json:"saved_at,omitempty" db:"saved_at"`
	Score     *int       `json:"score,omitempty" db:"score"`
}

// Alarm is a venue's alarm and who saw it.
type Alarm struct {
	ID        string     `json:"id" db:"id"`
	Candidate string     `json:"candidate" db:"candidate"`
	Seat      string     `json:"seat" db:"seat"`
	Level     string     `json:"level" db:"level"`
	Code      string     `json:"code" db:"code"`
	Text      string     `json:"text" db:"text"`
	RaisedAt  *time.Time `json:"raised_at,omitempty" db:"raised_at"`
	SeenAt    *time.Time `json:"seen_at,omitempty" db:"seen_at"`
	SeenBy    string     `json:"seen_by" db:"seen_by"`
}

// Breach is a noted irregularity.
type Breach struct {
	Candidate string    `json:"candidate" db:"candidate"`
	Code      string    `json:"code" db:"code"`
	Note      string    `json:"note" db:"note"`
	Who       string    `json:"who" db:"who"`
	At        time.Time `json:"at" db:"at"`
}

// FaceCount counts verifications by stage and decision.
type FaceCount struct {
	Stage    string `json:"stage" db:"stage"`
	Decision string `json:"decision" db:"decision"`
	Demo     bool   `json:"demo" db:"demo"`
	Count    int    `json:"count" db:"count"`
}

// Anomaly is a contradiction in what a venue reported.
type Anomaly struct {
	Code string    `json:"code" db:"code"`
	Text string    `json:"text" db:"text"`
	At   time.Time `json:"at" db:"at"`
}

const (
	// all descending: the primary key is read backwards and nothing is sorted
	seatsSQL = `WITH answer AS (
			SELECT attempt, count(*) FILTER (WHERE cardinality(choice) > 0) AS answered, max(at) AS saved_at FROM (
				SELECT DISTINCT ON (attempt, item) attempt, item, choice, at FROM exam_answer WHERE sitting = $1
				ORDER BY attempt DESC, item DESC, revision DESC) latest GROUP BY attempt),
		door AS (SELECT DISTINCT ON (candidate) candidate, admitted FROM exam_checkin WHERE sitting = $1
			ORDER BY candidate, at DESC, record DESC)
		SELECT coalesce(nullif(a.seat, ''), c.seat) AS seat, c.id AS candidate, c.name, c.admission,
			CASE WHEN h.attempt IS NOT NULL THEN 'HANDED_IN' WHEN a.paused THEN 'PAUSED'
				WHEN a.started_at IS NOT NULL THEN 'ANSWERING' WHEN a.issued_at IS NOT NULL THEN 'READY'
				WHEN a.id IS NOT NULL THEN 'LOGGED_IN' WHEN d.admitted THEN 'ADMITTED'
				WHEN d.admitted IS NOT NULL THEN 'TURNED' ELSE 'BOOKED' END AS state,
			coalesce(a.id, '') AS attempt, coalesce(a.terminal, '') AS terminal, coalesce(a.questions, 0)::int AS questions,
			coalesce(n.answered, 0)::int AS answered, a.started_at, n.saved_at, h.score::int AS score
		FROM exam_candidate c
		LEFT JOIN LATERAL (SELECT * FROM exam_attempt x WHERE x.sitting = c.sitting AND x.candidate = c.id
			ORDER BY x.record DESC LIMIT 1) a ON true
		LEFT JOIN exam_handin h ON h.sitting = c.sitting AND h.attempt = a.id
		LEFT JOIN answer n ON n.attempt = a.id LEFT JOIN door d ON d.candidate = c.id
		WHERE c.sitting = $1 ORDER BY c.seq`
	savesSQL  = `SELECT count(*)::int AS saves, max(at) AS last FROM exam_answer WHERE sitting = $1`
	alarmsSQL = `SELECT id, candidate, seat, level, code, text, raised_at, seen_at, seen_by FROM exam_alarm
		WHERE sitting = $1 ORDER BY seen_at IS NOT NULL, level, raised_at DESC LIMIT 200`
	breachesSQL = `SELECT candidate, code, note, who, at FROM exam_irregularity WHERE sitting = $1 ORDER BY at`
	facesSQL    = `SELECT stage, decision, demo, count(*)::int AS count FROM exam_verification WHERE sitting = $1
		GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`
	anomaliesSQL = `SELECT code, text, at FROM exam_anomaly WHERE sitting = $1 ORDER BY at LIMIT 200`
	lastAtSQL    = `SELECT max(at) FROM (
		SELECT max(at) AS at FROM exam_event WHERE sitting = $1
		UNION ALL SELECT max(at) FROM exam_checkin WHERE sitting = $1 UNION ALL SELECT max(at) FROM exam_handin WHERE sitting = $1) x`
)

type savedRow struct {
	Saves int        `db:"saves"`
	Last  *time.Time `db:"last"`
}

// Board reads the live picture of a sitting.
func (s *Service) Board(ctx context.Context, id string) (Board, error) {
	var b Board
	in, err := s.readable(ctx, s.DB, PermWatch, sittingSQL, id)
	if err != nil {
		return b, err
	}
	b.Sitting, b.Counts = in, map[string]int{}
	if b.Gate, _, err = s.gate(ctx, s.DB, in); err != nil {
		return b, err
	}
	if b.Seats, err = db.Rows(ctx, s.DB, pgx.RowToStructByName[Seat], seatsSQL, id); err != nil {
		return b, err
	}
	for i := range b.Seats {
		b.Seats[i].Name = person.MaskName(b.Seats[i].Name)
		b.Counts[b.Seats[i].State]++
	}
	saved, err := db.Row[savedRow](ctx, s.DB, savesSQL, id)
	if err != nil {
		return b, err
	}
	if b.Alarms, err = db.Rows(ctx, s.DB, pgx.RowToStructByName[Alarm], alarmsSQL, id); err != nil {
		return b, err
	}
	if b.Breaches, err = db.Rows(ctx, s.DB, pgx.RowToStructByName[Breach], breachesSQL, id); err != nil {
		return b, err
	}
	if b.Faces, err = db.Rows(ctx, s.DB, pgx.RowToStructByName[FaceCount], facesSQL, id); err != nil {
		return b, err
	}
	if b.Notes, err = db.Rows(ctx, s.DB, pgx.RowToStructByName[Anomaly], anomaliesSQL, id); err != nil {
		return b, err
	}
	if b.LastAt, err = db.Value[*time.Time](ctx, s.DB, lastAtSQL, id); err != nil {
		return b, err
	}
	if b.Saves = saved.Saves; saved.Last != nil && (b.LastAt == nil || saved.Last.After(*b.LastAt)) {
		b.LastAt = saved.Last
	}
	seen, err := s.seen(ctx, in.Venue)
	b.Node = seen[in.Venue]
	return b, err
}

// seen asks the watcher, if there is one.
func (s *Service) seen(ctx context.Context, venues ...string) (map[string]NodeSeen, error) {
	if s.Watcher == nil || len(venues) == 0 {
		return nil, nil
	}
	return s.Watcher.Seen(ctx, venues...)
}
