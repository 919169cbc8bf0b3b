package matter

import (
	"slices"
	"strings"
)

// Ground is a rule whose conditions an application may not meet, as the decision
// that denies it quotes it.
type Ground struct {
	Article string   `json:"article" doc:"条款，例如《中华人民共和国道路运输条例》第九条"`
	Says    string   `json:"says"`
	Checks  []string `json:"checks" doc:"不符合的核查项里，属于这一条的"`
}

// procedure are the articles that say how is decided, not who may be granted.
var procedure = []string{"第三十八条", "第四十二条、第四十四条", "第五十条"}

const procedural = "行政许可法"

// official are the names of laws that definitions shorten.
var official = map[string]string{"行政许可法": "中华人民共和国行政许可法", "道路运输条例": "中华人民共和国道路运输条例"}

// Quote is a law and its article as letters name them. Where the article is not
// known by number it says what it is about.
func (l Law) Quote() string {
	name := l.Law
	if full, short := official[name]; short {
		name = full
	}
	article := l.Article
	if about, vague := strings.CutSuffix(article, "的规定"); vague {
		article = "有关" + about + "的条款"
	}
	return "《" + strings.Trim(name, "《》") + "》" + article
}

// lawsOfTrades are the categories, by their beginnings, of laws that govern one trade only.
var lawsOfTrades = map[string][]string{
	"道路运输条例": {"01", "02", "03"}, "道路运输从业人员管理规定": {"01", "02", "03"},
	"出租汽车驾驶员从业资格管理规定": {"09"}, "出租汽车运营服务规范": {"09"}, "上海市出租汽车管理条例": {"09002"},
	"网络预约出租汽车经营服务管理暂行办法": {"09003"}, "上海市网络预约出租汽车经营服务管理若干规定": {"09003"},
	"城市公共汽车和电车客运管理规定": {"13"}, "上海市公共汽车和电车客运管理条例": {"13"},
}

// governs says whether a law is of one of these categories' trades; without any, nobody
// has said yet.
func (l Law) governs(categories []string) bool {
	trades := lawsOfTrades[l.Law]
	return len(trades) == 0 || len(categories) == 0 || slices.ContainsFunc(categories, func(c string) bool {
		return slices.ContainsFunc(trades, func(p string) bool { return strings.HasPrefix(c, p) })
	})
}

// Main is the first law of a matter that says who of these categories may have it.
func (d Definition) Main(categories []string) string {
	list := d.Grounds(categories, nil)
	if len(list) == 0 {
		return ""
	}
	return list[0].Article
}

// Grounds are the rules that an application can be denied by: the definition's own of
// its trade, and those of the checks that failed. Where an earlier version has none of
// the trade's, all of its own: nobody is denied without a rule.
func (d Definition) Grounds(categories, failed []string) []Ground {
	var out []Ground
	basis := filtered(d.Basis, func(l Law) bool { return l.governs(categories) })
	if len(basis) == 0 {
		basis = d.Basis
	}
	for _, l := range basis {
		if l.Law != procedural || !slices.Contains(procedure, l.Article) {
			out = append(out, Ground{l.Quote(), l.Says, []string{}})
		}
	}
	for _, code := range failed {
		for _, l := range checkLaws[code] {
			quote := l.Quote()
			i := slices.IndexFunc(out, func(g Ground) bool { return g.Article == quote })
			if i < 0 && (l.Says == "" || !l.governs(categories)) {
				continue // it is none of this matter's
			}
			if i < 0 {
				i, out = len(out), append(out, Ground{Article: quote, Says: l.Says})
			}
			out[i].Checks = append(out[i].Checks, code)
		}
	}
	return out
}

// takenTaxi are the rules of who had a taxi qualification taken.
var takenTaxi = []Law{
	{Law: "上海市出租汽车管理条例", Article: "第十一条", Says: "被取消客运服务资格的，5 年内不得从业"},
	{Law: "上海市网络预约出租汽车经营服务管理若干规定", Article: "第九条", Says: "申请前 5 年内没有被吊销出租汽车从业资格"},
}

// checkLaws are the laws that checks follow: those of a matter, and with what they
// say, those that count for every matter or for all of a trade.
var checkLaws = map[string][]Law{
	"E02": {{Law: "道路运输条例", Article: "第九条"}, {Law: "道路运输条例", Article: "第二十二条"}},
	"E03": {{Law: "道路运输条例", Article: "第九条"}, {Law: "道路运输条例", Article: "第二十二条"}, {Law: "出租汽车驾驶员从业资格管理规定", Article: "第十条"}},
	"E04": {{Law: "道路运输从业人员管理规定", Article: "第九条、第十条"}, {Law: "出租汽车驾驶员从业资格管理规定", Article: "第十条"}},
	"E05": {{Law: "道路运输条例", Article: "第九条"}},
	"E06": {{Law: "出租汽车驾驶员从业资格管理规定", Article: "第十条"}},
	"E07": {{Law: "出租汽车驾驶员从业资格管理规定", Article: "第十条"}},
	"E08": {{Law: "道路运输条例", Article: "第九条"}, {Law: "道路运输条例", Article: "第二十二条"}, {Law: "出租汽车驾驶员从业资格管理规定", Article: "第十四条"}},
	"E11": {{Law: "道路运输从业人员管理规定", Article: "第二十九条第一款"}},
	"E14": {{Law: "道路运输从业人员管理规定", Article: "第三十一条", Says: "违反从业资格管理规定尚未接受处罚的，在其接受处罚后办理"}},
	"E16": append([]Law{{Law: procedural, Article: "第七十条", Says: "行政许可依法被撤销或者许可证件依法被吊销的，应当依法办理注销手续"}}, takenTaxi...),
	"E17": append([]Law{{Law: procedural, Article: "第七十八条、第七十九条", Says: "隐瞒有关情况、提供虚假材料申请的，或者以欺骗、贿赂等手段取得许可的，在规定期限内不得再次申请"}}, takenTaxi...),
	"E20": {{Law: "上海市出租汽车管理条例", Article: "第十一条"}, {Law: "上海市网络预约出租汽车经营服务管理若干规定", Article: "第九条"}},
	"E21": {{Law: "上海市网络预约出租汽车经营服务管理若干规定", Article: "第九条"}},
	"E22": {{Law: "上海市出租汽车管理条例", Article: "第十一条"}, {Law: "上海市网络预约出租汽车经营服务管理若干规定", Article: "第九条"}},
	"E24": {{Law: "道路运输从业人员管理规定", Article: "第十一条"}},
	"E25": {{Law: "道路运输从业人员管理规定", Article: "第十二条"}, {Law: "上海市出租汽车管理条例", Article: "第十一条"}},
}
