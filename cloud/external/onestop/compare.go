package onestop

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/jobs"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

const (
	// compareDays is how far back cases are compared; what is older and still open is too.
	compareDays = 60
	perQuery    = 200 // as agreed
	nightHour   = 2   // of Shanghai, when nobody works
)

// Kinds of differences.
const (
	Missing  = "MISSING"
	Seq      = "SEQ"
	Node     = "NODE"
	Document = "DOCUMENT"
)

// Report is one comparison.
type Report struct {
	ID          string     `json:"id" db:"id"`
	Day         clock.Date `json:"day" db:"day"`
	Nightly     bool       `json:"nightly" db:"nightly"`
	By          string     `json:"by" db:"asked_by"`
	BegunAt     time.Time  `json:"begun_at" db:"begun_at"`
	EndedAt     *time.Time `json:"ended_at,omitempty" db:"ended_at"`
	Cases       int        `json:"cases" db:"cases" doc:"核对的办件数"`
	Differences int        `json:"differences" db:"differences"`
}

// Difference is where the platform's books differ from ours.
type Difference struct {
	Report  string `json:"report" db:"report"`
	ApplyNo string `json:"apply_no" db:"apply_no"`
	Kind    string `json:"kind" db:"kind" enum:"MISSING,SEQ,NODE,DOCUMENT"`
	Ours    string `json:"ours" db:"ours"`
	Theirs  string `json:"theirs" db:"theirs"`
	Advice  string `json:"advice" db:"advice" doc:"怎样处理"`
}

const (
	reportRow     = `SELECT id, day, nightly, asked_by, begun_at, ended_at, cases, differences FROM onestop_report`
	reportSQL     = reportRow + ` WHERE id = $1`
	askSQL        = `INSERT INTO onestop_report (id, day, nightly, asked_by, begun_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`
	runningSQL    = `SELECT id FROM onestop_report WHERE ended_at IS NULL AND NOT nightly LIMIT 1`
	endSQL        = `UPDATE onestop_report SET ended_at = $2, cases = $3, differences = $4 WHERE id = $1`
	clearSQL      = `DELETE FROM onestop_difference WHERE report = $1`
	differSQL     = `INSERT INTO onestop_difference (report, apply_no, kind, ours, theirs, advice) VALUES ($1, $2, $3, $4, $5, $6)`
	differenceRow = `SELECT report, apply_no, kind, ours, theirs, advice FROM onestop_difference`
	toCompareSQL  = `SELECT apply_no FROM onestop_case c WHERE apply_no > $1 AND (begun_at >= $2 OR EXISTS (SELECT 1 FROM onestop_message m WHERE m.apply_no = c.apply_no AND m.op_time >= $2))
		AND EXISTS (SELECT 1 FROM onestop_message m WHERE m.apply_no = c.apply_no AND m.state = 'SENT') ORDER BY apply_no LIMIT $3`
	// what the platform should have: what it has acknowledged
	oursSQL = `SELECT apply_no, coalesce(max(seq) FILTER (WHERE state = 'SENT'), 0) AS seq,
			coalesce((array_agg(node ORDER BY id DESC) FILTER (WHERE state = 'SENT' AND endpoint = 'case/status'))[1], '') AS node,
			coalesce(array_agg(letter) FILTER (WHERE state = 'SENT' AND endpoint = 'case/document'), '{}') AS letters,
			bool_or(state = 'WAITING' AND tries > 0) AS moving
		FROM onestop_message WHERE apply_no = ANY($1) GROUP BY apply_no ORDER BY apply_no`
)

var (
	reportSorts     = db.Sorts{"": "begun_at DESC, id", "begun_at": "begun_at", "differences": "differences"}
	differenceSorts = db.Sorts{"": "apply_no, kind, ours, theirs", "apply_no": "apply_no", "kind": "kind"}
)

// Reports are the comparisons, newest first.
func (s *Service) Reports(ctx context.Context, p db.Page) (db.List[Report], error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return db.List[Report]{}, err
	}
	return db.Select[Report](ctx, s.DB, reportRow, new(db.Where).Like(p.Q, "asked_by"), reportSorts, p)
}

// Differences are what a comparison found.
func (s *Service) Differences(ctx context.Context, report, kind string, p db.Page) (db.List[Difference], error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return db.List[Difference]{}, err
	}
	w := new(db.Where).Eq("report", report).Eq("kind", kind).Like(p.Q, "apply_no")
	return db.Select[Difference](ctx, s.DB, differenceRow, w, differenceSorts, p)
}

// Compare begins a comparison; it is done by a job. Faults: onestop.unconfigured,
// onestop.compare.running.
func (s *Service) Compare(ctx context.Context) (Report, error) {
	actor, err := auth.Require(ctx, PermSettle)
	if err != nil {
		return Report{}, err
	}
	if s.Client == nil {
		return Report{}, unconfigured()
	}
	id := uuid.Must(uuid.NewV7()).String()
	var out Report
	return out, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		_, running, err := db.Maybe[struct{ ID string }](ctx, tx, runningSQL)
		if err == nil && running {
			err = fault.New(fault.Conflict, "onestop.compare.running", "上一次核对还没有完成，请稍后查看结果")
		}
		if err == nil {
			out, err = s.begin(ctx, tx, id, false, actor.Name)
		}
		if err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "onestop.compare", id, nil)
	})
}

func (s *Service) begin(ctx context.Context, tx pgx.Tx, id string, nightly bool, by string) (Report, error) {
	tag, err := tx.Exec(ctx, askSQL, id, s.today(), nightly, by, s.now())
	if err != nil {
		return Report{}, fmt.Errorf("begin report: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return Report{}, nil // tonight's is there
	}
	if err := s.Jobs.Insert(ctx, tx, jobs.Args{Kind: jobCompare, Key: id}); err != nil {
		return Report{}, err
	}
	return db.Row[Report](ctx, tx, reportSQL, id)
}

// nightly begins the comparison of the night, once however many copies try.
func (s *Service) nightly(ctx context.Context) error {
	if s.Clock.Now().In(clock.Shanghai()).Hour() < nightHour {
		return nil
	}
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		_, err := s.begin(ctx, tx, uuid.Must(uuid.NewV7()).String(), true, "系统")
		return err
	})
}

// known is a case in the platform's books.
type known struct {
	ApplyNo   string `json:"applyNo"`
	Node      string `json:"node"`
	Seq       int    `json:"seq"`
	Documents []struct {
		Type   string `json:"documentType"`
		Number string `json:"number"`
		SM3    string `json:"sm3"`
	} `json:"documents"`
}

// ours is what the platform has acknowledged of a case.
type ours struct {
	ApplyNo string   `db:"apply_no"`
	Seq     int      `db:"seq"`
	Node    string   `db:"node"`
	Letters []string `db:"letters"`
	Moving  bool     `db:"moving"` // a message is on its way and may have arrived
}

// papers are letters by the digests of their files, with their names.
type papers map[string]string

// compare does a comparison; it begins anew when it was interrupted.
func (s *Service) compare(ctx context.Context, report string) error {
	if s.Client == nil {
		return unconfigured()
	}
	r, err := db.Row[Report](ctx, s.DB, reportSQL, report)
	if err != nil || r.EndedAt != nil {
		return err
	}
	since, after, cases := s.now().AddDate(0, 0, -compareDays), "", 0
	var found []Difference
	for {
		rows, err := db.All[struct {
			ApplyNo string `db:"apply_no"`
		}](ctx, s.DB, toCompareSQL, after, since, perQuery)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		nos := make([]string, len(rows))
		for i, r := range rows {
			nos[i] = r.ApplyNo
		}
		list, err := s.compareSome(ctx, nos)
		if err != nil {
			return err
		}
		found, cases, after = append(found, list...), cases+len(nos), nos[len(nos)-1]
	}
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, clearSQL, report); err != nil {
			return fmt.Errorf("clear report: %w", err)
		}
		for _, d := range found {
			if _, err := tx.Exec(ctx, differSQL, report, d.ApplyNo, d.Kind, d.Ours, d.Theirs, d.Advice); err != nil {
				return fmt.Errorf("keep difference: %w", err)
			}
		}
		_, err := tx.Exec(ctx, endSQL, report, s.now(), cases, len(found))
		return err
	})
}

func (s *Service) compareSome(ctx context.Context, nos []string) ([]Difference, error) {
	mine, err := db.All[ours](ctx, s.DB, oursSQL, nos)
	if err != nil {
		return nil, err
	}
	var out struct {
		Cases []known `json:"cases"`
	}
	err = s.Client.call(ctx, "case/query", map[string]any{"applyNos": nos}, &out)
	if r, no := asRefusal(err); no {
		return nil, jobs.Refuse(fault.Newf(fault.Precondition, "onestop.compare", "一网通办不接受核对查询：%s（%s）", r.message, r.code))
	}
	if err != nil {
		return nil, err
	}
	theirs := map[string]known{}
	for _, k := range out.Cases {
		theirs[k.ApplyNo] = k
	}
	var found []Difference
	for _, o := range mine {
		delivered := papers{}
		for _, id := range o.Letters {
			l, err := s.Letters.Get(ctx, s.DB, id)
			if err != nil {
				return nil, err
			}
			delivered[Hex(l.Digest)] = l.KindName + " " + l.Number
		}
		k, there := theirs[o.ApplyNo]
		found = append(found, differ(o, delivered, k, there)...)
	}
	return found, nil
}

// differ says where the platform's books differ from what it has acknowledged.
// A message that is on its way may have arrived without our knowing yet.
func differ(o ours, delivered papers, k known, there bool) []Difference {
	d := func(kind, mine, theirs, advice string) Difference {
		return Difference{ApplyNo: o.ApplyNo, Kind: kind, Ours: mine, Theirs: theirs, Advice: advice}
	}
	if !there {
		return []Difference{d(Missing, "已登记", "没有这个办件", "平台可能恢复到了旧数据；请与平台方确认后，请其从备份补回，或重新登记")}
	}
	var out []Difference
	switch {
	case k.Seq < o.Seq:
		out = append(out, d(Seq, "已送达 "+strconv.Itoa(o.Seq)+" 条", "有 "+strconv.Itoa(k.Seq)+" 条", "下一条报文发送时会自动从平台缺少的一条补发；没有后续报文的，请与平台方核对"))
	case k.Seq > o.Seq && (!o.Moving || k.Seq > o.Seq+1):
		out = append(out, d(Seq, "已送达 "+strconv.Itoa(o.Seq)+" 条", "有 "+strconv.Itoa(k.Seq)+" 条", "平台多出的报文不是本系统确认过的；请核对是否有另一套系统在使用同一身份发送"))
	case k.Node != o.Node && !o.Moving:
		out = append(out, d(Node, nodeName(o.Node), nodeName(k.Node), "请以本系统办件状态为准，与平台方核对该办件的节点"))
	}
	var have []string
	for _, p := range k.Documents {
		have = append(have, strings.ToLower(p.SM3))
	}
	for _, digest := range slices.Sorted(maps.Keys(delivered)) {
		if !slices.Contains(have, digest) {
			out = append(out, d(Document, delivered[digest], "没有，或内容不同", "该文书已有电子送达回执而平台没有，请与平台方核对；必要时改用其他方式送达"))
		}
	}
	return out
}

func nodeName(node string) string {
	if node == "" {
		return "（没有节点）"
	}
	return node + " " + nodeNames[node]
}
