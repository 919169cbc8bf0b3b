package app

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/dossier"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/practical"
	"huyun.internal/cloud/exam/score"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/exam/venue"
	"huyun.internal/cloud/node"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/cloud/training/class"
	scoring "huyun.internal/protocol/exam/practical"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// ofAVenue are the console's operations on one thing that belongs to a venue,
// and a well-formed body for each; ofNone those on things that belong to none.
var (
	ofAVenue = map[string]string{
		"exam.venue.show":   "",
		"exam.venue.change": `{"revision":1,"code":"101","name":"浦东分考场","district":"浦东新区","address":"杨高路 1 号","rooms":[{"name":"一号机房","seats":["A01"]}]}`,
		venue.PermSwitch:    `{"state":"SUSPENDED","reason":"检修"}`,
		"exam.venue.page":   "", "exam.venue.equip": `{"items":[]}`, "exam.venue.contact.remove": "",
		"exam.venue.contact.add": `{"name":"王主任","duty":"值班","mobile":"13900000000"}`,

		"exam.sitting.show": "", "exam.sitting.assign": "", "exam.sitting.resume": `{"reason":""}`, "exam.sitting.cancel": `{"reason":"改期"}`,
		sitting.PermSuspend: `{"reason":"停电"}`, "exam.sitting.candidates": "", "exam.sitting.remove": "", sitting.PermReveal: `{"reason":"核对"}`,
		sitting.PermReview: `{"approve":true}`, sitting.PermDispatch: "", sitting.PermRelease: "", "exam.sitting.receipts": "", "exam.sitting.closeout": "",
		sitting.PermUnlock: `{"reason":"线路中断"}`, "exam.sitting.withdraw": `{"reason":"题目有误"}`,
		sitting.PermWatch: "", "exam.sitting.import": form, "exam.sitting.photos": photos, "exam.sitting.photo": "", "exam.sitting.stream": "",
		"exam.sitting.verifications": "", "exam.sitting.events": "", "exam.sitting.message": `{"text":"请检查"}`,
		sitting.PermEnrol: `{"class":"x","consent":true}`, "exam.sitting.apply": `{"name":"王","id_no":"1","kind":"NEW","consent":true}`,
		credit.PermNotice: "", "exam.credit.notice.one": "", "exam.credit.career": "",
		"exam.sitting.groups": "", sitting.PermConfirm: `{"kind":"NEW","roll":"00"}`,
		"exam.sitting.class": "", "exam.sitting.ticket": "", "exam.sitting.tickets": "", "exam.sitting.plan": "", "exam.sitting.absent": "", "exam.sitting.absent.sheet": "",
		sitting.PermAcknowledge: `{"note":"已核实"}`,

		"exam.score.round": "", score.PermList: "", score.PermRun: "", score.PermConfirm: `{}`, score.PermPublish: "", score.PermExport: "",
		score.PermInspect: "", score.PermAnnul: `{"question":"q","annul":true,"reason":"答案有误"}`, "exam.score.reviews": "",
		score.PermReview: `{"statement":"分数不对"}`, "exam.score.answer": `{"outcome":"MAINTAINED","reply":"无误"}`,
		"exam.score.correct": `{"reason":"复核"}`, conduct.PermList: "", conduct.PermRule: `{"consequence":"NONE","reason":"不实"}`,
		"exam.conduct.note":     `{"candidate":"c","code":"V03","note":"旁窥"}`,
		"exam.conduct.identify": `{"candidate":"c","same":true,"reason":"比对照片"}`,

		dossier.PermRead: "", "exam.dossier.print": "", "exam.dossier.pictures": "", "exam.dossier.picture": "", dossier.PermFetch: `{"reason":"申诉"}`,

		"exam.practical.show": "", practical.PermConfirm: `{"confirm":true}`, practical.PermArrange: "",

		"training.class.show": "", "training.class.change": `{"revision":1,` + aClass + `}`, "training.class.act": `{"verb":"open"}`,
		"training.class.members": "", class.PermEnrol: `{"name":"王一","id_no":"1"}`, "training.class.import": book,
		"training.class.remove": "", class.PermResult: `{"members":["x"],"hours":1,"result":"FAILED"}`,

		"node.packet.return": "", node.PermState: `{"state":"QUARANTINED","reason":"遗失"}`, node.PermApprove: "",
		"training.class.members.export": "", "exam.sitting.candidates.export": "", "exam.sitting.class.export": "",
		"exam.sitting.verifications.export": "", "exam.sitting.events.export": "",
	}
	ofNone = []string{
		"identity.", "exam.bank.", "exam.paper.", "exam.sitting.report", "exam.practical.scheme.", "training.plan.", "training.class.report",
		"licensing.", "practitioner.", "sanction.", "jobs.", "onestop.", "appointment.",
		"exam.enrolment.", // of a person; a place in a sitting is checked by the sitting
	}
)

const (
	aClass = `"plan":"p","venue":"v","begins":"2026-12-01","ends":"2026-12-02","daily_from":"09:00","daily_to":"16:00","place":"一","capacity":1,"teacher":"周","hours":1`
	photos = "--x\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"a.zip\"\r\n\r\nx\r\n--x--\r\n"
	book   = "--x\r\nContent-Disposition: form-data; name=\"workbook\"; filename=\"a.xlsx\"\r\n\r\nx\r\n--x--\r\n"
	form   = "--x\r\nContent-Disposition: form-data; name=\"workbook\"; filename=\"a.xlsx\"\r\n\r\nx\r\n" + photos
)

// unrelated lists operations on one thing that neither list names.
func unrelated(ops []web.Op) []string {
	var bad []string
	for _, op := range ops {
		_, ok := ofAVenue[op.ID]
		for _, prefix := range ofNone {
			ok = ok || strings.HasPrefix(op.ID, prefix)
		}
		if strings.Contains(op.Path, "{") && !ok {
			bad = append(bad, op.ID)
		}
	}
	return bad
}

func TestEveryOperationOnOneThingSaysWhoseItIs(t *testing.T) {
	t.Parallel()
	ops := Blank().Console().Operations()
	require.Empty(t, unrelated(ops))
	require.Equal(t, []string{"planted"}, unrelated(append(ops, web.Op{ID: "planted", Path: "/api/v1/planted/{id}"})))
}

// city is a venue with a sitting, its device and a code, and two people who
// hold every right: "here" sees this venue, "elsewhere" sees another.
type city struct {
	*examtest.Story
	ids map[string]string // start of a path → the id of what exists
}

func newCity(t *testing.T) *city {
	t.Helper()
	c := &city{Story: examtest.NewStory(t)}
	rules := conduct.New(c.DB, c.Keys, c.Audit, c.Clock, c.Sittings)
	conduct.Register(c.Web, rules)
	credits := credit.New(c.DB, c.Keys, c.Audit, c.Clock, c.Sittings, rules)
	credit.Register(c.Web, credits)
	scores := score.New(c.DB, c.Keys, c.Audit, c.Clock, c.Sittings, rules, credits)
	score.Register(c.Web, scores)
	dossier.Register(c.Web, dossier.New(dossier.Parts{
		DB: c.DB, Keys: c.Keys, Audit: c.Audit, Blobs: c.Blobs, Clock: c.Clock, Nodes: c.Device, Sittings: c.Sittings, Conduct: rules, Scores: scores,
	}))
	exams := practical.New(c.DB, c.Keys, c.Audit, c.Clock, c.Sittings, credits)
	practical.Register(c.Web, exams)
	nodes := &node.Service{
		DB: c.DB, Audit: c.Audit, CA: c.Keys, Orders: node.NewOrders(c.Keys, c.Clock.Now), Now: c.Clock.Now,
		Venue:  func(context.Context, db.Q, string) (string, error) { return "浦东分考场", nil },
		Broker: func() wire.Broker { return wire.Broker{} },
	}
	node.Register(c.Web, nodes)
	var perms []string
	for _, row := range accessTable() {
		perms = append(perms, row.Perm)
	}
	c.Scoped("here", auth.Scope{Venues: []string{c.Venue.ID}}, perms...)
	c.Scoped("elsewhere", auth.Scope{Venues: []string{"another"}}, perms...)
	c.Staff("anna", node.PermCode)
	c.Staff("ben", node.PermApprove)

	code, err := nodes.CreateCode(c.As("anna"), c.Venue.ID, "考场服务器")
	require.NoError(t, err)
	require.NoError(t, nodes.ApproveCode(c.As("ben"), code.ID))
	key, err := sm.Generate()
	require.NoError(t, err)
	reply, err := nodes.Enrol(context.Background(), enrolRequest(t, key, code.Code))
	require.NoError(t, err)
	_, err = c.DB.Exec(context.Background(), `UPDATE node SET state = 'REVOKED'`) // what a stranger must not learn either
	require.NoError(t, err)
	_, err = c.DB.Exec(context.Background(), `INSERT INTO node_dead (node, lane, seq, kind, code, reason, at) VALUES ($1, 'exam', 1, 'k', 'c', 'r', now())`, reply.Node)
	require.NoError(t, err)
	waiting, err := nodes.CreateCode(c.As("anna"), c.Venue.ID, "备用")
	require.NoError(t, err)

	in := c.Assigned(t, 2)
	c.ids = map[string]string{
		"/api/v1/exam/venues/": c.Venue.ID, "/api/v1/exam/sittings/": in.ID, "/api/v1/exam/openings/": c.Ask(t, in.ID),
		"/api/v1/nodes/": reply.Node, "/api/v1/node-enrolments/": waiting.ID, "{candidate}": "",
	}
	var candidate string
	require.NoError(t, c.DB.QueryRow(context.Background(), `SELECT id FROM exam_candidate LIMIT 1`).Scan(&candidate))
	c.ids["{candidate}"] = candidate
	c.ids["/api/v1/exam/practical/sheets/"] = c.sheet(t, exams, in.ID, candidate)
	call, err := c.Venues.AddContact(c.As("here"), c.Venue.ID, "周值班", "值班", "13911112222")
	require.NoError(t, err)
	c.ids["{contact}"] = call.ID
	c.trained(t)
	picture, err := c.Keys.SealAt([]string{"exam_evidence.picture", snapshot}, []byte("x"))
	require.NoError(t, err)
	_, err = c.DB.Exec(t.Context(), `INSERT INTO exam_evidence (sitting, digest, candidate, node, state, reason, asked_by, asked_name, asked_at, picture)
		VALUES ($1, $2, $3, $4, 'HELD', '申诉', 'x', 'x', now(), $5)`, in.ID, snapshot, candidate, c.Device.Node, picture)
	require.NoError(t, err)
	c.Report(t, wire.KindAlarm, in.ID, wire.Alarm{ID: alarm, Sitting: in.ID, Level: wire.AlarmRed, Code: "face.unlike", Text: "x"})
	return c
}

// sheet is a signed sheet of a practical exam.
func (c *city) sheet(t *testing.T, exams *practical.Service, in, candidate string) string {
	t.Helper()
	c.Staff("city", practical.PermScheme)
	scheme, err := exams.Write(c.As("city"), scoring.Scheme{Category: "09002", Name: "应会", Pass: 80, Minutes: 30, Items: []scoring.Task{
		{ID: "1", Name: "车辆检视", Full: 100, Deductions: []scoring.Deduction{{ID: "1", Text: "漏检", Points: 10}}},
	}})
	require.NoError(t, err)
	_, err = exams.Use(c.As("city"), scheme.ID)
	require.NoError(t, err)
	_, err = exams.Arrange(c.As("here"), in)
	require.NoError(t, err)
	c.Report(t, wire.KindCheckin, in, wire.Checkin{Sitting: in, Candidate: candidate, Admitted: true})
	rec := c.Device.Record(t, c.Clock.Now(), wire.KindPracticalSheet, in, wire.PracticalSheet{
		ID: "a-sheet", Sitting: in, Candidate: candidate, Scheme: scheme.ID, Revision: 1, Items: []scoring.Scored{{Item: "1"}},
		Score: 100, Passed: true, Examiners: []string{"one", "two"},
	})
	c.InTx(t, func(ctx context.Context, tx examtest.Tx) error {
		return exams.ApplyBatch(ctx, tx, c.Device.Node, []journal.Record{rec})
	})
	return "a-sheet"
}

// trained adds a class of the venue that takes people, and one in it.
func (c *city) trained(t *testing.T) {
	t.Helper()
	s := c.Classes
	c.Staff("centre", class.PermPlanSave, class.PermSave, class.PermEnrol, class.PermList)
	ctx := c.As("centre")
	plan, err := s.SavePlan(ctx, "", 0, class.PlanDraft{Year: 2026, Month: 12, Category: "13001", Kind: class.PrePost, Classes: 1, People: 20})
	require.NoError(t, err)
	in, err := s.Create(ctx, class.Draft{
		Plan: plan.ID, Venue: c.Venue.ID, Begins: "2026-12-01", Ends: "2026-12-05", DailyFrom: "09:00", DailyTo: "16:00",
		Place: "二楼教室", Capacity: 20, Teacher: "周老师", Hours: 40,
	})
	require.NoError(t, err)
	_, err = s.Move(ctx, in.ID, class.VerbOpen, "")
	require.NoError(t, err)
	require.NoError(t, s.Enrol(ctx, in.ID, class.MemberDraft{Name: "王一", IDNo: examtest.IDNumber(7)}))
	people, err := s.Members(ctx, in.ID, "", db.Page{})
	require.NoError(t, err)
	c.ids["/api/v1/exam/classes/"], c.ids["/api/v1/training/classes/"], c.ids["{member}"] = in.ID, in.ID, people.Items[0].ID
}

const (
	alarm    = "an-alarm"
	snapshot = "a-picture"
)

var traceID = regexp.MustCompile(`"trace_id": ?"[0-9a-f]*"`)

// ask answers status and body, apart from the trace id.
func (c *city) ask(t *testing.T, who string, op web.Op, existing bool) string {
	t.Helper()
	path := strings.NewReplacer("{candidate}", c.ids["{candidate}"], "{member}", c.ids["{member}"], "{alarm}", alarm, "{contact}", c.ids["{contact}"], "{digest}", snapshot).Replace(op.Path)
	start, _, _ := strings.Cut(path, "{id}")
	id, ok := c.ids[start]
	require.True(t, ok, "nothing exists for %s", op.Path)
	if !existing {
		id = "01a208be-40d4-7afe-b070-ba61c579a44d"
	}
	body := ofAVenue[op.ID]
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, op.Method, strings.Replace(path, "{id}", id, 1), strings.NewReader(body))
	r.Header.Set("X-Test-Actor", who)
	switch body {
	case "":
	case form, photos, book:
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	default:
		r.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	c.Web.ServeHTTP(rec, r)
	return fmt.Sprint(rec.Code, " ", rec.Header().Get("Content-Type"), " ", traceID.ReplaceAllString(rec.Body.String(), ""))
}

// TestAnotherVenuesThingsDoNotExist: who may do everything, but elsewhere, gets
// the same answer for what is another venue's and for what nobody has.
func TestAnotherVenuesThingsDoNotExist(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	before := dbtest.Snapshot(t, c.DB)
	cells := 0
	for _, op := range c.Web.Operations() {
		if _, ok := ofAVenue[op.ID]; !ok {
			continue
		}
		foreign, missing := c.ask(t, "elsewhere", op, true), c.ask(t, "elsewhere", op, false)
		require.Equal(t, missing, foreign, op.ID)
		if op.ID != "exam.sitting.stream" { // which has answered 200 before it looks, and ends
			require.Contains(t, foreign, `"code":"record.missing"`, op.ID)
			require.True(t, strings.HasPrefix(foreign, "404 "), "%s: %s", op.ID, foreign)
		}
		cells += 2
	}
	for _, n := range []string{c.ids["/api/v1/nodes/"], "nobody"} {
		status, body := c.Do("elsewhere", http.MethodPost, "/api/v1/node-dead-letters/settle", `{"node":"`+n+`","lane":"exam","seq":1,"note":"已核对"}`)
		require.Equal(t, http.StatusNotFound, status, string(body))
		require.Equal(t, "record.missing", examtest.Code(t, body))
	}
	for _, list := range []string{
		"/api/v1/exam/sittings", "/api/v1/exam/venues", "/api/v1/exam/openings", "/api/v1/exam/practical/sheets",
		"/api/v1/exam/practical/sittings", "/api/v1/nodes", "/api/v1/node-enrolments", "/api/v1/node-dead-letters", "/api/v1/training/classes",
	} {
		for who, none := range map[string]bool{"elsewhere": true, "here": false} {
			status, body := c.Do(who, http.MethodGet, list, nil)
			require.Equal(t, http.StatusOK, status, string(body))
			total := examtest.Decode[struct{ Total int }](t, body).Total
			require.Equal(t, none, total == 0, "%s for %s: %s", list, who, body)
		}
	}
	require.Equal(t, before, dbtest.Snapshot(t, c.DB), "a refusal changed something")

	for _, op := range c.Web.Operations() { // the same requests, by whom they concern
		if _, ok := ofAVenue[op.ID]; !ok || op.ID == "exam.sitting.stream" || op.ID == "exam.sitting.remove" || op.ID == venue.PermSwitch ||
			op.ID == sitting.PermEnrol { // whose class is made up
			continue
		}
		own := c.ask(t, "here", op, true)
		require.NotContains(t, own, `"record.missing"`, op.ID)
		require.NotContains(t, own, `"request.invalid"`, "%s: the table's body is not well-formed", op.ID)
		cells++
	}
	t.Logf("cells %d", cells)
}
