package practitioner_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
)

// What a city's people look like to the planner: names of which some are
// frequent, certificates of which few are not in force, one employer for most.
var cityPeople = []string{
	`INSERT INTO practitioner (id, name, idno, idno_blind, idno_mask, sex, birth, residence, mobile_blind, created_at, changed_at)
		SELECT 'p' || lpad(i::text, 9, '0'), substr('王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁', 1 + i % 20, 1) || substr('建国志明永德海文晓家振卫立正兴学宏庆少世', 1 + i / 20 % 20, 1) || substr('强军伟勇峰龙杰涛斌刚', 1 + i / 400 % 10, 1),
		'\x00', sha256(('id' || i)::bytea), '310***********0014', '1', DATE '1960-01-01' + i % 14000, (ARRAY['SH', 'SH', 'SH', 'NON_SH'])[1 + i % 4],
		sha256(('mobile' || i)::bytea), TIMESTAMPTZ '2020-01-01' + i * INTERVAL '1 minute', now() FROM generate_series(1, $1::int) i`,
	`INSERT INTO practitioner_licence (id, person, type, post, number, number_blind, number_mask, issuer, first_issue, valid_from, valid_to, state, changed_at, mac)
		SELECT 'l' || p.id, p.id, (ARRAY['RE-071', 'RE-075', 'RE-072', 'BUS'])[1 + n % 4], '', '\x00', sha256(('number' || n)::bytea), '310***********0014', '市局', '2021-01-01', '2021-01-01',
		CASE WHEN n % 4 IN (0, 3) THEN DATE '2024-11-23' + (n % 2900)::int END, CASE WHEN n % 5000 = 0 THEN '05' WHEN n % 40 = 0 THEN '03' ELSE '10' END, now(), '\x00'
		FROM (SELECT id, substr(id, 2)::int AS n FROM practitioner WHERE $1::int > 0) p`,
	`INSERT INTO practitioner_category (licence, category, first_issue, valid_to, person, state)
		SELECT l.id, (ARRAY['02001', '09002', '09003', '13001'])[1 + substr(l.person, 2)::int % 4], l.first_issue, l.valid_to, l.person, l.state FROM practitioner_licence l WHERE $1::int > 0`,
	`INSERT INTO practitioner_registration (id, person, category, employer, reg_from, reg_to, state, source, at)
		SELECT 'r' || p.id, p.id, '09002', '单位' || (n % 3000), '2024-11-23', CASE WHEN n % 4 = 1 THEN DATE '2026-11-01' + n % 900 END, 'ACTIVE', '导入', now()
		FROM (SELECT id, substr(id, 2)::int AS n FROM practitioner WHERE $1::int > 0) p`,
	`UPDATE practitioner p SET expires = least(l.valid_to, r.reg_to) FROM practitioner_licence l, practitioner_registration r
		WHERE $1::int > 0 AND l.person = p.id AND r.person = p.id AND l.state = '10' AND least(l.valid_to, r.reg_to) IS NOT NULL`,
}

// TestScale says how long pages take at the number of people in HUYUN_SCALE, as
// medians; it is run by hand, because filling a million takes minutes.
func TestScale(t *testing.T) {
	t.Parallel()
	n, _ := strconv.Atoi(os.Getenv("HUYUN_SCALE"))
	if n == 0 {
		t.Skip("HUYUN_SCALE=1000000 measures the list at so many people")
	}
	o := newOffice(t)
	for _, sql := range cityPeople {
		_, err := o.DB.Exec(t.Context(), sql, n)
		require.NoError(t, err)
	}
	_, err := o.DB.Exec(t.Context(), "VACUUM ANALYZE")
	require.NoError(t, err)
	for _, c := range []struct {
		name string
		f    practitioner.Filter
		page db.Page
	}{
		{"first page", practitioner.Filter{}, db.Page{}}, {"page 400", practitioner.Filter{}, db.Page{Page: 400}},
		{"by name", practitioner.Filter{}, db.Page{Sort: "name"}}, {"by expiry", practitioner.Filter{}, db.Page{Sort: "expires"}},
		{"by name, last first", practitioner.Filter{}, db.Page{Sort: "-name"}}, {"by expiry, last first", practitioner.Filter{}, db.Page{Sort: "-expires"}},
		{"name prefix", practitioner.Filter{}, db.Page{Q: "王建"}}, {"surname", practitioner.Filter{}, db.Page{Q: "王"}}, {"whole name", practitioner.Filter{}, db.Page{Q: "王建强"}},
		{"id number", practitioner.Filter{}, db.Page{Q: "310101198501010014"}}, {"mobile", practitioner.Filter{}, db.Page{Q: "13900001111"}},
		{"category", practitioner.Filter{Category: "02001"}, db.Page{}}, {"type", practitioner.Filter{Type: "BUS"}, db.Page{}},
		{"revoked", practitioner.Filter{State: practitioner.Revoked}, db.Page{}}, {"cancelled taxi", practitioner.Filter{State: practitioner.Cancelled, Type: "RE-075"}, db.Page{}},
		{"expired of a category", practitioner.Filter{State: practitioner.Expired, Category: "13001"}, db.Page{}},
		{"in force of a category", practitioner.Filter{State: practitioner.InForce, Category: "13001"}, db.Page{}},
		{"within 30 days", practitioner.Filter{Days: 30}, db.Page{}}, {"within 30 days by expiry", practitioner.Filter{Days: 30}, db.Page{Sort: "expires"}},
		{"employer", practitioner.Filter{Employer: "单位2999"}, db.Page{}}, {"residence", practitioner.Filter{Residence: "NON_SH"}, db.Page{}},
		{"residence and category", practitioner.Filter{Residence: "NON_SH", Category: "13001"}, db.Page{}},
	} {
		var took []time.Duration
		total := 0
		for range 7 {
			begin := time.Now()
			got, err := o.List(o.As("ann"), c.f, c.page)
			require.NoError(t, err)
			took, total = append(took, time.Since(begin)), got.Total
		}
		slices.Sort(took)
		fmt.Printf("%-26s %8.1f ms  %d\n", c.name, float64(took[3].Microseconds())/1000, total)
	}
}
