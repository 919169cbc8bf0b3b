package sitting

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/node"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// Journals proves what a node has sent; satisfied by cloud/node.
type Journals interface {
	Prove(ctx context.Context, tx pgx.Tx, node string, visit func(journal.Record) error) (node.Proof, error)
}

// VenueProof is what the centre can say of one device's audit lines. Their MACs
// are under a key that only the device has, which `edge fsck` and the proctor's
// console verify there; here the signed journal that brought them is verified,
// and every line is compared with it.
type VenueProof struct {
	Node     string   `json:"node"`
	Venue    string   `json:"venue"`
	OK       bool     `json:"ok"`
	Entries  int64    `json:"entries" doc:"逐条核对过的操作记录"`
	Signed   int64    `json:"signed" doc:"设备签名覆盖到考场日志的第几条"`
	Records  int64    `json:"records" doc:"核对过的考场日志条数"`
	MAC      string   `json:"mac" doc:"末条操作记录校验码的开头，可与考场 edge fsck 的显示对照"`
	Findings []string `json:"findings" doc:"不符之处，最多列出二十处"`
}

// VenueReport is a verification of all of the reader's venues.
type VenueReport struct {
	OK    bool         `json:"ok"`
	Items []VenueProof `json:"items"`
	At    time.Time    `json:"at"`
}

const (
	provableSQL = `SELECT n.id, n.venue FROM node n WHERE ($1 OR n.venue = ANY($2))
		AND (EXISTS (SELECT FROM node_record r WHERE r.node = n.id) OR EXISTS (SELECT FROM node_cursor c WHERE c.node = n.id AND c.seq > 0)
			OR EXISTS (SELECT FROM exam_venue_audit a WHERE a.node = n.id)) ORDER BY n.venue, n.enrolled_at, n.id`
	actsOfSQL = `SELECT seq, actor, action, object, detail, mac, at FROM exam_venue_audit WHERE node = $1`

	maxFindings = 20
)

// VerifyVenues is ProveVenues for an auditor at the console, and on record.
func (s *Service) VerifyVenues(ctx context.Context) (VenueReport, error) {
	actor, err := auth.Require(ctx, PermProve)
	if err != nil {
		return VenueReport{}, err
	}
	r, err := s.prove(ctx, actor.Scope)
	if err != nil {
		return r, err
	}
	return r, s.Audit.RecordNow(ctx, PermProve, "venue-audit", map[string]any{"ok": r.OK, "devices": len(r.Items)})
}

// ProveVenues verifies every device's audit lines, for the command.
func (s *Service) ProveVenues(ctx context.Context) (VenueReport, error) {
	return s.prove(ctx, auth.Scope{All: true})
}

// prove reads one state throughout, because records keep coming.
func (s *Service) prove(ctx context.Context, scope auth.Scope) (VenueReport, error) {
	r := VenueReport{OK: true, Items: []VenueProof{}, At: s.Clock.Now()}
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return r, pgx.BeginTxFunc(ctx, s.DB.Pool, opts, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, provableSQL, scope.All, scope.Venues)
		if err != nil {
			return fmt.Errorf("provable: %w", err)
		}
		r.Items, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (p VenueProof, err error) {
			return p, row.Scan(&p.Node, &p.Venue)
		})
		if err != nil {
			return fmt.Errorf("provable: %w", err)
		}
		for i := range r.Items {
			if err := s.proveOne(ctx, tx, &r.Items[i]); err != nil {
				return err
			}
			r.OK = r.OK && r.Items[i].OK
		}
		return nil
	})
}

// act is an audit line, as it was sent or as it lies here.
type act struct {
	Seq                                int64
	Actor, Action, Object, Detail, MAC string
	At                                 time.Time
}

// sameBut the number: for finding out what changed places.
func (a act) sameBut(b act) bool {
	b.Seq = a.Seq
	return a.equal(b)
}

func (a act) equal(b act) bool {
	at := a.At.Equal(b.At)
	a.At, b.At = time.Time{}, time.Time{}
	return at && a == b
}

// pair is a line that differs.
type pair struct{ sent, here act }

// comparison of a device's journal with the lines that lie here.
type comparison struct {
	here  map[int64]act
	last  act
	wrong []pair
	texts []string
}

func (s *Service) proveOne(ctx context.Context, tx pgx.Tx, p *VenueProof) error {
	c := comparison{here: map[int64]act{}}
	rows, err := tx.Query(ctx, actsOfSQL, p.Node)
	if err != nil {
		return fmt.Errorf("acts of %s: %w", p.Node, err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowToStructByName[act])
	if err != nil {
		return fmt.Errorf("acts of %s: %w", p.Node, err)
	}
	for _, a := range lines {
		c.here[a.Seq] = a
	}
	proof, err := s.Journals.Prove(ctx, tx, p.Node, c.visit)
	if err != nil {
		return err
	}
	c.conclude(proof.Problem == "")
	if proof.Problem != "" {
		c.texts = slices.Insert(c.texts, 0, proof.Problem)
	}
	p.Records, p.Signed, p.Entries = int64(proof.Records), int64(proof.Signed), c.last.Seq //nolint:gosec // fit
	p.MAC, p.OK = c.last.MAC[:min(16, len(c.last.MAC))], len(c.texts) == 0
	p.Findings = append([]string{}, c.texts[:min(maxFindings, len(c.texts))]...)
	return nil
}

func (c *comparison) say(format string, args ...any) {
	c.texts = append(c.texts, fmt.Sprintf(format, args...))
}

// visit compares one record of the verified journal.
func (c *comparison) visit(rec journal.Record) error {
	if rec.Kind != wire.KindAudit {
		return nil
	}
	b, err := wire.Decode[wire.Audit](rec.Body)
	seq := int64(0)
	if err == nil {
		seq, err = big(b.Seq)
	}
	if err != nil {
		c.say("考场日志第 %d 条不是规范的操作记录：%s", rec.Seq, fault.From(err).Text)
		return nil
	}
	sent := act{Seq: seq, Actor: b.Actor, Action: b.Action, Object: b.Object, Detail: b.Detail, MAC: b.MAC, At: rec.At}
	switch lies, ok := c.here[seq]; {
	case seq != c.last.Seq+1:
		c.say("考场上报的操作记录在第 %d 条之后是第 %d 条，序号不连续，请与考场核对", c.last.Seq, seq)
	case strings.TrimSpace(b.MAC) == "" || b.MAC == c.last.MAC:
		c.say("操作记录第 %d 条没有自己的校验码，请与考场核对", seq)
	case !ok:
		c.say("操作记录第 %d 条被删除过", seq)
	case !lies.equal(sent):
		c.wrong = append(c.wrong, pair{sent, lies})
	}
	delete(c.here, seq)
	c.last = sent
	return nil
}

// conclude names what differs, and what was never sent; the second only when
// the whole journal could be read.
func (c *comparison) conclude(whole bool) {
	for i, p := range c.wrong {
		other := slices.IndexFunc(c.wrong, func(o pair) bool { return o.sent.Seq != p.sent.Seq && p.here.sameBut(o.sent) })
		switch {
		case other < 0:
			c.say("操作记录第 %d 条与设备签名的日志不符，被改动过", p.sent.Seq)
		case other > i || !c.wrong[other].here.sameBut(p.sent):
			c.say("操作记录第 %d 条与第 %d 条被对调过", p.sent.Seq, c.wrong[other].sent.Seq)
		}
	}
	if !whole {
		return
	}
	for _, seq := range slices.Sorted(maps.Keys(c.here)) {
		c.say("操作记录第 %d 条不是考场上报的，是后来添加的", seq)
	}
}
