package stack

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"huyun.internal/deploy/seed"
	"huyun.internal/protocol/clock"
	"huyun.internal/simulators/onestop"
)

// Who can be chosen at the simulated platform: so many with a certificate in
// force, and newcomers without any.
const (
	portalHolders = 2 // of each category
	portalNew     = 3
	portalSeed    = 5200

	shownPrefix = "P5" // of the accounts that have an application

	barredUser = "P3000" // the first of the listed people: on the trade's serious list

	visitQuota = 12
	visitWeeks = 4
)

// Portal gives the simulated 一网通办 its people, companies and matters, once for
// each folder. People are those with a certificate, applied those who will have an
// application.
func (s *Stack) Portal(ctx context.Context, logins map[string]Login, people, applied []seed.Candidate) error {
	path := filepath.Join(s.simulatorsData(), onestop.ListName)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	list := onestop.List{Places: []string{"市交通委政务服务大厅（演示）", "浦东分中心（演示）"}, Periods: []string{"09:00-11:30", "13:30-16:30"}}
	var err error
	if list.Matters, err = s.matters(ctx, logins); err != nil {
		return fmt.Errorf("matters of the portal: %w", err)
	}
	for i, p := range holders(people) {
		list.Accounts = append(list.Accounts, onestop.Listed{Account: portalAccount(p, fmt.Sprintf("P1%03d", i)), Note: "有" + trades[p.Category] + "证件、没有办件：可试补证、换证、注销等全部流程"})
	}
	list.Accounts = append(list.Accounts, shown(applied)...)
	list.Accounts = append(list.Accounts, examAccounts()...)
	for i, p := range seed.Candidates(portalNew, portalSeed) {
		list.Accounts = append(list.Accounts, onestop.Listed{Account: portalAccount(p, fmt.Sprintf("P2%03d", i)), Note: "没有证件：可申领、预约"})
	}
	for i, p := range seed.Candidates(2, listedSeed) {
		a := onestop.Listed{Account: portalAccount(p, fmt.Sprintf("P3%03d", i)), Note: "在失信名单上，申领会加强审核"}
		if a.UserID == barredUser {
			a.Note = "在严重失信名单上：道路货运申领的草稿不能提交，可看原因和恢复办法"
		}
		list.Accounts = append(list.Accounts, a)
	}
	low := portalAccount(seed.Candidates(portalNew+1, portalSeed)[portalNew], "P4000")
	low.AuthLevel = 1
	list.Accounts = append(list.Accounts, onestop.Listed{Account: low, Note: "只完成 1 级实名"})
	for i, p := range seed.Candidates(2, portalSeed+1) {
		a := portalAccount(p, fmt.Sprintf("C1%03d", i))
		a.UserType, a.OrgName, a.USCC = "法人", companies[i].name, companies[i].uscc
		list.Accounts = append(list.Accounts, onestop.Listed{Account: a, Note: "企业账号"})
	}
	raw, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	err = os.WriteFile(path, raw, 0o600)
	if err != nil {
		return err
	}
	return s.visits(ctx, logins, list)
}

// visits opens the halls for some weeks and books visits at the platform.
func (s *Stack) visits(ctx context.Context, logins map[string]Login, list onestop.List) error {
	boss, err := s.SignIn(ctx, logins[approver])
	if err != nil {
		return err
	}
	var hours []map[string]any
	for wd := 1; wd <= 5; wd++ {
		for _, p := range list.Periods {
			hours = append(hours, map[string]any{"weekday": wd, "period": p, "quota": visitQuota})
		}
	}
	today := clock.DateOf(time.Now())
	for _, at := range list.Places {
		for _, group := range []string{"ANY", "ROAD"} {
			err = boss.Do(ctx, http.MethodPost, "/api/v1/appointment/slot-weeks", map[string]any{"place": at, "group": group, "from": today.String(), "weeks": visitWeeks, "hours": hours}, nil)
			if err != nil {
				return fmt.Errorf("demonstration slots: %w", err)
			}
		}
	}
	if !s.Simulators.Running() {
		return nil
	}
	var open struct {
		Items []struct{ Day, Begins, Ends, Place string }
	}
	err = boss.Do(ctx, http.MethodGet, "/api/v1/appointment/slots?page_size=1&from="+today.Add(1).String(), nil, &open)
	if err != nil || len(open.Items) == 0 {
		return fmt.Errorf("demonstration visits: no slot: %w", err)
	}
	matters := slices.DeleteFunc(slices.Clone(list.Matters), func(m onestop.Matter) bool { return !m.Visit })
	for i, a := range list.Accounts {
		// who has an application need not come; and the centre answers a platform only so often
		if a.UserType != "个人" || strings.HasPrefix(a.UserID, shownPrefix) {
			continue
		}
		t := open.Items[0]
		err = s.Outside(ctx, http.MethodPost, "/onestop/_control/bookings", map[string]any{
			"userId": a.UserID, "itemCode": matters[i%len(matters)].ItemCode, "date": t.Day, "period": t.Begins + "-" + t.Ends, "place": t.Place,
		}, nil)
		if err != nil {
			return fmt.Errorf("demonstration visits: %w", err)
		}
	}
	return nil
}

// holders are the last of each category.
func holders(people []seed.Candidate) (out []seed.Candidate) {
	n := map[string]int{}
	for _, p := range slices.Backward(people) {
		if n[p.Category]++; n[p.Category] <= portalHolders {
			out = append(out, p)
		}
	}
	return out
}

// The demonstration's companies; their numbers are well formed and made up.
var companies = []struct{ name, uscc string }{ //nolint:gochecknoglobals // a table
	{"上海演示巴士客运有限公司", "91310000DEMA0001X3"},
	{"上海演示出租汽车有限公司", "91310000DEMA0002X4"},
}

var trades = map[string]string{ //nolint:gochecknoglobals // a table
	"01001": "道路客运", "02001": "道路货运", "03001": "危险品驾驶", "03003": "危险品押运", "09002": "巡游出租", "09003": "网约车", "13001": "公交驾驶",
}

func portalAccount(p seed.Candidate, id string) onestop.Account {
	sex := "女"
	if p.Male {
		sex = "男"
	}
	return onestop.Account{
		UserID: id, UserType: "个人", Name: p.Name, IDNo: p.ID, Mobile: p.Mobile, AuthLevel: 3, Sex: sex,
		Birth: p.ID[6:10] + "-" + p.ID[10:12] + "-" + p.ID[12:14], Nation: "汉族", Residence: "上海市浦东新区演示路 1 号",
		Address: "上海市浦东新区演示路 1 号", Photo: base64.StdEncoding.EncodeToString(portrait()),
	}
}

// matters are the centre's catalogue, as a platform would have been told: all of
// it, because what is applied for at a window is told too.
func (s *Stack) matters(ctx context.Context, logins map[string]Login) ([]onestop.Matter, error) {
	desk, err := s.SignIn(ctx, logins[window])
	if err != nil {
		return nil, err
	}
	var got struct {
		Items []struct {
			Name         string
			ItemCode     string `json:"item_code"`
			TradeName    string `json:"trade_name"`
			PromisedDays int    `json:"promised_days"`
			Channels     []string
		}
	}
	err = desk.Do(ctx, http.MethodGet, "/api/v1/licensing/matters?state=CURRENT&page_size=200", nil, &got)
	out := make([]onestop.Matter, len(got.Items))
	for i, m := range got.Items {
		out[i] = onestop.Matter{ItemCode: m.ItemCode, Name: m.Name, Trade: m.TradeName, Days: m.PromisedDays, Online: slices.Contains(m.Channels, "O"), Visit: slices.Contains(m.Channels, "R")}
	}
	return out, err
}
