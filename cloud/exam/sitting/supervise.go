package sitting

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// PermAcknowledge acknowledges a venue's alarm from the centre (M59).
const PermAcknowledge = "exam.sitting.acknowledge"

// Supervised is one sitting on the centre's board of all that go on (M59): who
// is where, what was checked, what is wrong. It is what has arrived; Node says
// how old that may be.
type Supervised struct {
	ID             string    `json:"id" db:"id"`
	Number         string    `json:"number" db:"number"`
	Title          string    `json:"title" db:"title"`
	Venue          string    `json:"venue" db:"venue"`
	VenueName      string    `json:"venue_name" db:"venue_name"`
	Room           string    `json:"room" db:"room"`
	Category       string    `json:"category" db:"category"`
	StartsAt       time.Time `json:"starts_at" db:"starts_at"`
	Minutes        int       `json:"minutes" db:"minutes"`
	State          State     `json:"state" db:"state"`
	Booked         int       `json:"booked" db:"booked" doc:"应考"`
	Admitted       int       `json:"admitted" db:"admitted" doc:"已入场"`
	Turned         int       `json:"turned" db:"turned" doc:"拒绝入场"`
	LoggedIn       int       `json:"logged_in" db:"logged_in" doc:"已登录考试机"`
	Answering      int       `json:"answering" db:"answering" doc:"作答中，含暂停"`
	HandedIn       int       `json:"handed_in" db:"handed_in" doc:"已交卷"`
	Checks         int       `json:"checks" db:"checks" doc:"身份核验次数"`
	ChecksFailed   int       `json:"checks_failed" db:"checks_failed"`
	ChecksManual   int       `json:"checks_manual" db:"checks_manual" doc:"机器转人工"`
	ChecksHand     int       `json:"checks_hand" db:"checks_hand" doc:"由人核验、没有比对人脸"`
	Irregularities int       `json:"irregularities" db:"irregularities"`
	Red            int       `json:"red" db:"red" doc:"未确认的红色告警"`
	Yellow         int       `json:"yellow" db:"yellow" doc:"未确认的黄色告警"`
	Node           NodeSeen  `json:"node" db:"-"`
	Incident       string    `json:"incident" db:"-" enum:"RED,LOST,SUSPENDED,YELLOW,NONE" doc:"最紧要的问题"`
}

// OpenAlarm is an alarm that nobody has acknowledged, here or there.
type OpenAlarm struct {
	Node      string     `json:"node" db:"node"`
	ID        string     `json:"id" db:"id"`
	Sitting   string     `json:"sitting" db:"sitting"`
	Number    string     `json:"number" db:"number"`
	VenueName string     `json:"venue_name" db:"venue_name"`
	Seat      string     `json:"seat" db:"seat"`
	Level     string     `json:"level" db:"level"`
	Code      string     `json:"code" db:"code"`
	Text      string     `json:"text" db:"text"`
	RaisedAt  *time.Time `json:"raised_at,omitempty" db:"raised_at"`
}

// Supervision is the board of everything that goes on, incidents first.
type Supervision struct {
	Sittings []Supervised `json:"sittings"`
	Alarms   []OpenAlarm  `json:"alarms"`
}

// A sitting is on the board from a venue's request, or an hour before it is due to
// begin, until it is closed, and that day's closed ones as well: one that nobody
// has asked to open by then is what the centre should see. An old one that was never closed drops off after two
// days and stays in the list of sittings. $1: now; $2: all venues; $3: else which.
const (
	liveSQL = `SELECT s.id, s.number, s.title, s.venue, v.name AS venue_name, s.room, s.category, s.starts_at, s.minutes, s.state
		FROM exam_sitting s JOIN exam_venue v ON v.id = s.venue
		WHERE s.starts_at BETWEEN $1::timestamptz - interval '2 days' AND $1::timestamptz + interval '1 day'
			AND ($2 OR s.venue = ANY($3)) AND (s.state IN ('APPLYING', 'APPROVED', 'DISPATCHED', 'RELEASED', 'RUNNING', 'SUSPENDED')
				OR s.state IN ('ASSIGNED', 'RETURNED') AND s.starts_at < $1::timestamptz + interval '1 hour'
				OR s.state IN ('CLOSED', 'SCORED', 'PUBLISHED') AND s.state_at > $1::timestamptz - interval '12 hours')`
	supervisedSQL = `WITH s AS (` + liveSQL + `),
		door AS (SELECT DISTINCT ON (d.sitting, d.candidate) d.sitting, d.candidate, d.admitted
			FROM exam_checkin d JOIN s ON s.id = d.sitting ORDER BY d.sitting, d.candidate, d.at DESC, d.record DESC),
		seat AS (SELECT a.sitting, a.candidate, bool_or(a.started_at IS NOT NULL) AS started, bool_or(h.attempt IS NOT NULL) AS handed_in
			FROM exam_attempt a JOIN s ON s.id = a.sitting LEFT JOIN exam_handin h ON h.sitting = a.sitting AND h.attempt = a.id
			GROUP BY a.sitting, a.candidate),
		people AS (SELECT c.sitting, count(*)::int AS booked, count(*) FILTER (WHERE d.admitted)::int AS admitted,
				count(*) FILTER (WHERE NOT d.admitted)::int AS turned, count(t.candidate)::int AS logged_in,
				count(*) FILTER (WHERE t.started AND NOT t.handed_in)::int AS answering,
				count(*) FILTER (WHERE t.handed_in)::int AS handed_in
			FROM exam_candidate c JOIN s ON s.id = c.sitting
				LEFT JOIN door d ON d.sitting = c.sitting AND d.candidate = c.id
				LEFT JOIN seat t ON t.sitting = c.sitting AND t.candidate = c.id GROUP BY c.sitting),
		face AS (SELECT f.sitting, count(*)::int AS checks, count(*) FILTER (WHERE f.decision = 'fail')::int AS failed,
				count(*) FILTER (WHERE f.decision = 'manual')::int AS manual, count(*) FILTER (WHERE f.who NOT IN ('', 'machine'))::int AS hand
			FROM exam_verification f JOIN s ON s.id = f.sitting GROUP BY f.sitting),
		breach AS (SELECT i.sitting, count(*)::int AS n FROM exam_irregularity i JOIN s ON s.id = i.sitting GROUP BY i.sitting),
		alarm AS (SELECT a.sitting, count(*) FILTER (WHERE a.level = 'red')::int AS red, count(*) FILTER (WHERE a.level <> 'red')::int AS yellow
			FROM exam_alarm a JOIN s ON s.id = a.sitting WHERE a.seen_at IS NULL AND a.level <> '' GROUP BY a.sitting)
		SELECT s.*, coalesce(p.booked, 0) AS booked, coalesce(p.admitted, 0) AS admitted, coalesce(p.turned, 0) AS turned,
			coalesce(p.logged_in, 0) AS logged_in, coalesce(p.answering, 0) AS answering, coalesce(p.handed_in, 0) AS handed_in,
			coalesce(f.checks, 0) AS checks, coalesce(f.failed, 0) AS checks_failed, coalesce(f.manual, 0) AS checks_manual,
			coalesce(f.hand, 0) AS checks_hand,
			coalesce(b.n, 0) AS irregularities, coalesce(a.red, 0) AS red, coalesce(a.yellow, 0) AS yellow
		FROM s LEFT JOIN people p ON p.sitting = s.id LEFT JOIN face f ON f.sitting = s.id LEFT JOIN breach b ON b.sitting = s.id
			LEFT JOIN alarm a ON a.sitting = s.id`
	openAlarmsSQL = `WITH s AS (` + liveSQL + `)
		SELECT a.node, a.id, a.sitting, s.number, s.venue_name, a.seat, a.level, a.code, a.text, a.raised_at
		FROM exam_alarm a JOIN s ON s.id = a.sitting WHERE a.seen_at IS NULL AND a.level <> ''
		ORDER BY a.level <> 'red', a.raised_at DESC LIMIT 200`
	alarmSeenAtSQL = `SELECT seen_at FROM exam_alarm WHERE sitting = $1 AND id = $2 FOR UPDATE`
	acknowledgeSQL = `UPDATE exam_alarm SET seen_at = $3, seen_by = $4, seen_note = $5 WHERE sitting = $1 AND id = $2`
)

// Supervise reads the board of all sittings that go on within the reader's
// venues.
func (s *Service) Supervise(ctx context.Context) (Supervision, error) {
	actor, err := auth.Require(ctx, PermWatch)
	if err != nil {
		return Supervision{}, err
	}
	venues := actor.Scope.Venues
	if venues == nil {
		venues = []string{}
	}
	args := []any{s.Clock.Now(), actor.Scope.All, venues}
	var out Supervision
	out.Sittings, err = db.Rows(ctx, s.DB, pgx.RowToStructByName[Supervised], supervisedSQL, args...)
	if err != nil {
		return out, err
	}
	out.Alarms, err = db.Rows(ctx, s.DB, pgx.RowToStructByName[OpenAlarm], openAlarmsSQL, args...)
	if err != nil {
		return out, err
	}
	at := map[string]bool{}
	for i := range out.Sittings {
		at[out.Sittings[i].Venue] = true
	}
	seen, err := s.seen(ctx, slices.Sorted(maps.Keys(at))...)
	if err != nil {
		return out, err
	}
	for i := range out.Sittings {
		in := &out.Sittings[i]
		in.Node = seen[in.Venue]
		in.Incident = in.worst()
	}
	slices.SortFunc(out.Sittings, func(a, b Supervised) int {
		return cmp.Or(cmp.Compare(slices.Index(incidents, a.Incident), slices.Index(incidents, b.Incident)),
			a.StartsAt.Compare(b.StartsAt), cmp.Compare(a.Number, b.Number))
	})
	return out, nil
}

// incidents in the order in which somebody at the centre should look at them.
var incidents = []string{"RED", "LOST", "SUSPENDED", "YELLOW", "NONE"}

// worst is what is most wrong with a sitting. A venue without contact matters
// while its sitting is on; before and after, a device may be switched off.
func (in *Supervised) worst() string {
	switch {
	case in.Red > 0:
		return "RED"
	case !in.Node.Online && slices.Contains([]State{Dispatched, Released, Running}, in.State):
		return "LOST"
	case in.State == Suspended:
		return "SUSPENDED"
	case in.Yellow > 0:
		return "YELLOW"
	}
	return "NONE"
}

// Acknowledge says that the centre has seen an alarm and what it makes of it.
// What the venue acknowledges, or has acknowledged, is its own: whoever comes
// first is shown. Faults: exam.sitting.acknowledge.note, .done.
func (s *Service) Acknowledge(ctx context.Context, id, alarm, note string) error {
	note = strings.TrimSpace(note)
	if note == "" {
		return fault.New(fault.Invalid, "exam.sitting.acknowledge.note", "请填写处理情况")
	}
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := s.locked(ctx, tx, PermAcknowledge, id); err != nil {
			return err
		}
		seen, err := db.Value[*time.Time](ctx, tx, alarmSeenAtSQL, id, alarm)
		if err != nil {
			return err
		}
		if seen != nil {
			return fault.New(fault.Precondition, "exam.sitting.acknowledge.done", "这条告警已有人确认，请刷新")
		}
		_, err = tx.Exec(ctx, acknowledgeSQL, id, alarm, s.Clock.Now(), "中心："+actorName(ctx), note)
		if err != nil {
			return fmt.Errorf("acknowledge alarm: %w", err)
		}
		if err := s.Audit.Record(ctx, tx, PermAcknowledge, id, map[string]any{"alarm": alarm, "note": note}); err != nil {
			return err
		}
		return s.tryRelease(ctx, tx, id)
	})
}
