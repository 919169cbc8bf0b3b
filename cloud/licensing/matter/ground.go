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

// Main is the first law of a matter that says who may have it.
func (d Definition) Main() string {
	list := d.Grounds(nil, nil)
	if len(list) == 0 {
		return ""
	}
	return list[0].Article
}

// Grounds are the rules that an application can be denied by: the definition's own,
// and those of the checks that failed.
func (d Definition) Grounds(categories, failed []string) []Ground {
	var out []Ground
	for _, l := range d.Basis {
		if l.Law != procedural || !slices.Contains(procedure, l.Article) {
			out = append(out, Ground{l.Quote(), l.Says, []string{}})
		}
	}
	for _, code := range failed {
		for _, l := range checkLaws[code] {
			quote := l.Quote()
			i := slices.IndexFunc(out, func(g Ground) bool { return g.Article == quote })
			if i < 0 && (l.Says == "" || l.Law != procedural && !road(categories)) {
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

// checkLaws are the laws that checks follow: those of a matter, and with what they
// say, those that count for every matter or for all of road transport.
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
	"E17": {{Law: procedural, Article: "第七十八条、第七十九条", Says: "隐瞒有关情况、提供虚假材料申请的，或者以欺骗、贿赂等手段取得许可的，在规定期限内不得再次申请"}},
	"E20": {{Law: "上海市出租汽车管理条例", Article: "第十一条"}, {Law: "上海市网络预约出租汽车经营服务管理若干规定", Article: "第九条"}},
	"E21": {{Law: "上海市网络预约出租汽车经营服务管理若干规定", Article: "第九条"}},
	"E22": {{Law: "上海市出租汽车管理条例", Article: "第十一条"}, {Law: "上海市网络预约出租汽车经营服务管理若干规定", Article: "第九条"}},
	"E24": {{Law: "道路运输从业人员管理规定", Article: "第十一条"}},
	"E25": {{Law: "道路运输从业人员管理规定", Article: "第十二条"}, {Law: "上海市出租汽车管理条例", Article: "第十一条"}},
}
