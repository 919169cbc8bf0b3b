package history

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/licensing/calendar"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/deploy/seed"
	"huyun.internal/protocol/clock"
	number "huyun.internal/protocol/person"
)

// How many practitioners a demonstration has; the seed keeps them apart from
// its candidates.
const (
	peopleCount = 320
	peopleSeed  = 4100
)

const (
	someSQL     = `SELECT EXISTS (SELECT FROM practitioner WHERE demo)`
	markFileSQL = `UPDATE practitioner SET demo = true WHERE idno_blind = ANY($1)`
)

// Practitioners gives a demonstration its people in every state, taken over
// from a workbook and then changed by the practitioner domain's own code, and
// marks their files. A database that has such people is left alone. It answers
// how many there are.
func Practitioners(ctx context.Context, o Options) (int, error) {
	w, err := open(ctx, o)
	if err != nil {
		return 0, fmt.Errorf("history: %w", err)
	}
	defer w.db.Close()
	return w.settle(ctx)
}

// InForce are those of the demonstration's practitioners whose certificates are
// in force and have years left.
func InForce() []seed.Candidate {
	var out []seed.Candidate
	for i, c := range seed.Candidates(peopleCount, peopleSeed) {
		if i%10 < 5 && i >= 2*len(stories) {
			out = append(out, c)
		}
	}
	return out
}

// The people who apply online in the demonstration.
const (
	applicantSeed = 4400
	freePerKind   = 2
)

// Applicants are people with a certificate each: those of categories, in their
// order, and two of every category that occurs who are left alone.
func Applicants(categories []string) (applied, free []seed.Candidate) {
	kinds := slices.Compact(slices.Sorted(slices.Values(categories)))
	all := seed.Candidates(len(categories)+len(kinds)*freePerKind, applicantSeed)
	for i, c := range categories {
		all[i].Category = c
	}
	rest := all[len(categories):]
	for i := range rest {
		rest[i].Category = kinds[i/freePerKind]
	}
	return all[:len(categories)], rest
}

func (w *world) settle(ctx context.Context) (int, error) {
	there, err := db.Value[bool](ctx, w.db, someSQL)
	if err != nil || there {
		return 0, err
	}
	p := &people{world: w, today: clock.DateOf(w.clock.Now()), list: seed.Candidates(peopleCount, peopleSeed)}
	p.service = practitioner.New(w.db, w.keys, audit.New(w.db, w.keys, clock.System(), ""), w.clock)
	if err := p.fill(ctx); err != nil {
		return 0, fmt.Errorf("history: practitioners: %w", err)
	}
	return len(p.list), nil
}

type people struct {
	*world
	service *practitioner.Service
	today   clock.Date
	list    []seed.Candidate
}

func clerk(ctx context.Context) context.Context {
	return auth.With(ctx, auth.Actor{
		ID: planner, Kind: auth.KindStaff, Username: planner, Name: "演示数据", Scope: auth.Scope{All: true},
		Perms: auth.NewPerms(practitioner.PermList, practitioner.PermSave, practitioner.PermImport),
	})
}

func (p *people) fill(ctx context.Context) error {
	ctx = clerk(ctx)
	var rows [][]any
	for i, c := range p.list {
		rows = append(rows, line(p.record(i, c)))
	}
	book, err := sheet.Write("从业人员", practitioner.ImportColumns(), rows)
	if err != nil {
		return err
	}
	in, err := p.service.Import(ctx, book)
	if err == nil && !in.OK {
		err = fmt.Errorf("%d rows in error, the first: %s", in.Errors, sheet.Sentence(in.Problems[:1]))
	}
	if err != nil {
		return err
	}
	blinds := [][]byte{}
	for i, c := range p.list {
		id, err := number.ParseID(c.ID)
		if err != nil {
			return err
		}
		blinds = append(blinds, p.keys.Person(id))
		if i < 2*len(stories) {
			if err := p.tell(ctx, id, i); err != nil {
				return err
			}
		}
	}
	if err := p.twin(ctx, &blinds); err != nil {
		return err
	}
	_, err = p.db.Exec(ctx, markFileSQL, blinds)
	return err
}

func line(record map[string]string) []any {
	var out []any
	for _, c := range practitioner.ImportColumns() {
		out = append(out, record[c.Name])
	}
	return out
}

// employers by category.
var employers = map[string]string{
	"01001": "申北客运公司（演示）", "02001": "浦江货运公司（演示）", "03001": "东海危货运输公司（演示）", "03003": "东海危货运输公司（演示）",
	"09002": "沪南出租公司（演示）", "09003": "嘉西网约车公司（演示）", "13001": "城中公交公司（演示）",
}

// record is one row of the workbook. What a person's place in the list says
// about them: five of ten have years left, the others are what a clerk meets.
func (p *people) record(i int, c seed.Candidate) map[string]string {
	kind := practitioner.TypeOf(c.Category)
	ends, state := p.today.Add(365*(1+i%5)), "有效"
	switch i % 10 {
	case 5:
		ends = p.today.Add(3 + i%85)
	case 6:
		ends = p.today.Add(-10 - i%160)
	case 7:
		ends, state = p.today.Add(-200-i), "已过期"
	case 8:
		state = "已注销"
	case 9:
		state = []string{"已吊销", "有效", "已撤销", "有效", "已转出", "有效"}[i/10%6]
	}
	from := clock.Date{Year: ends.Year - 6, Month: ends.Month, Day: min(ends.Day, 28)}
	r := map[string]string{
		"姓名": c.Name, "身份证号": c.ID, "手机": c.Mobile, "民族": "汉族", "户籍类型": []string{"本市户籍", "本市户籍", "非沪籍"}[i%3], "住址": fmt.Sprintf("演示路 %d 号", i+1),
		"证件种类": practitioner.TypeName(kind), "从业资格类别": c.Category, "初次领证日期": from.String(), "证件状态": state,
		"准驾车型": "A2", "驾驶证初领日期": "2005-06-01", "服务单位": employers[c.Category],
	}
	switch kind {
	case practitioner.Taxi, practitioner.RideHail:
		r["准驾车型"], r["证件状态"] = "C1", map[bool]string{true: "有效", false: state}[state == "已过期"]
		registered := clock.Date{Year: ends.Year - practitioner.RegistrationYears, Month: ends.Month, Day: min(ends.Day, 28)}
		if registered.Before(p.today) && from.Before(p.today) {
			r["注册日期"] = registered.String()
		}
	case practitioner.Bus:
		r["有效期止"], r["证号"] = ends.String(), fmt.Sprintf("GJD%04d%06d", from.Year, 900000+i)
	default:
		r["有效期止"] = ends.String()
		if i%4 == 3 && c.Category != "03001" {
			r["从业资格类别"] = c.Category + "、03001"
		}
	}
	return r
}

// stories are what happened to some of the people after the take-over, so that
// histories have more than one line.
var stories = []func(p *people, ctx context.Context, tx pgx.Tx, of practitioner.Person, l practitioner.Licence) error{
	func(p *people, ctx context.Context, tx pgx.Tx, of practitioner.Person, l practitioner.Licence) error {
		return p.again(ctx, tx, of, l, practitioner.Reissue, "证件遗失")
	},
	func(p *people, ctx context.Context, tx pgx.Tx, of practitioner.Person, l practitioner.Licence) error {
		return p.again(ctx, tx, of, l, practitioner.Change, "住址变更")
	},
	func(p *people, ctx context.Context, tx pgx.Tx, of practitioner.Person, l practitioner.Licence) error {
		if err := p.service.SetState(ctx, tx, l.ID, practitioner.Revoked, "执法系统推送（演示）", "演示罚字〔2026〕1号"); err != nil {
			return err
		}
		return p.service.SetState(ctx, tx, l.ID, practitioner.InForce, "行政复议撤销处罚（演示）", "演示复字〔2026〕1号")
	},
	func(p *people, ctx context.Context, tx pgx.Tx, of practitioner.Person, l practitioner.Licence) error {
		return p.again(ctx, tx, of, l, practitioner.Reissue, "证件污损")
	},
	func(p *people, ctx context.Context, tx pgx.Tx, of practitioner.Person, l practitioner.Licence) error {
		return p.again(ctx, tx, of, l, practitioner.Change, "姓名用字更正")
	},
	func(p *people, ctx context.Context, tx pgx.Tx, of practitioner.Person, l practitioner.Licence) error {
		if practitioner.RenewalWindow(l.ValidTo, p.today, practitioner.OpenDays) == practitioner.TooEarly {
			return nil
		}
		return p.again(ctx, tx, of, l, practitioner.Renew, "到期换证")
	},
}

func (p *people) again(ctx context.Context, tx pgx.Tx, of practitioner.Person, l practitioner.Licence, act practitioner.Act, why string) error {
	_, err := p.service.Issue(ctx, tx, practitioner.Grant{Person: of.ID, Act: act, Type: l.Type, On: p.today, Why: why, Ref: "演示"})
	return err
}

func (p *people) tell(ctx context.Context, id number.ID, i int) error {
	of, _, err := p.service.Find(ctx, p.db, id)
	if err != nil {
		return err
	}
	list, err := p.service.Licences(ctx, p.db, of.ID)
	if err != nil || len(list) == 0 || list[0].State != practitioner.InForce {
		return err
	}
	l, category := list[0], list[0].Categories[0].Code
	if err := p.db.InTx(ctx, func(tx pgx.Tx) error { return stories[i%len(stories)](p, ctx, tx, of, l) }); err != nil {
		return err
	}
	err = p.service.Educate(ctx, of.ID, practitioner.Education{
		Category: category, Org: "申城交通培训学校（演示）", Hours: 24, Begins: p.today.Add(-120), Ends: p.today.Add(-117), Mode: "ONSITE", Source: "演示数据",
	})
	if err != nil {
		return err
	}
	return p.service.Assess(ctx, of.ID, practitioner.Assessment{
		Category: category, From: p.today.Add(-400), To: p.today.Add(-36), Grade: []string{"AAA", "AA", "A", "B"}[i%4], Points: i % 4 * 5, Source: "演示数据",
	})
}

// twin is a second file of somebody, with one digit written wrong, for the work
// list of duplicates.
func (p *people) twin(ctx context.Context, blinds *[][]byte) error {
	for _, c := range p.list[:3] {
		digits := []byte(c.ID[:17])
		digits[15] = '0' + (digits[15]-'0'+1)%10
		id, err := number.ParseLegacyID(string(digits[:6]) + string(digits[8:])) // works out the check digit
		if err != nil {
			continue // born after 1999: no such old number
		}
		if _, err := p.service.Create(ctx, practitioner.Draft{Name: c.Name, IDNo: id.Reveal()}); err != nil {
			return err
		}
		*blinds = append(*blinds, p.keys.Person(id))
	}
	return nil
}

// Calendar is a year's workbook of holidays for a demonstration: the fixed days
// only, marked as such, because nobody knows a notice that has not been published.
func Calendar(year int) ([]byte, error) {
	var rows [][]any
	for _, r := range []struct {
		month, first, last int
		name               string
	}{{1, 1, 1, "元旦"}, {4, 5, 5, "清明节"}, {5, 1, 5, "劳动节"}, {10, 1, 7, "国庆节"}} {
		for day := r.first; day <= r.last; day++ {
			rows = append(rows, []any{fmt.Sprintf("%04d-%02d-%02d", year, r.month, day), "放假", r.name + "（演示）"})
		}
	}
	return sheet.Write("工作日历", calendar.Columns(), rows)
}
