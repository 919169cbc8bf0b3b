package sanction

const (
	lawGeneral = "《上海市社会信用条例》；国办发〔2020〕49号（一般失信列为重点审查对象）"
	lawSerious = "《上海市社会信用条例》第三十一条；国办发〔2020〕49号"
	lawRoad    = "《道路运输从业人员管理规定》"
	lawTaxi    = "《上海市出租汽车管理条例》；《出租汽车驾驶员从业资格管理规定》"
	lawFraud   = "《中华人民共和国行政许可法》第七十九条"
	lawFalse   = "《中华人民共和国行政许可法》第七十八条"
)

// Defaults is version 0 of the table: chapter 13.2 and 13.4, to be confirmed by
// the owner, whose changes are versions of their own.
func Defaults() Table {
	t := Table{Bans: []Ban{
		{"REVOKED", "TAXI", 5, lawTaxi},
		{"REVOKED", "ROAD", 3, lawRoad + "（默认口径，待业主确认）"},
		{"REVOKED", "BUS", 3, "默认口径，待业主确认"},
		{"FRAUD", Any, 3, lawFraud},
		{"FALSE_APPLICATION", Any, 1, lawFalse},
	}}
	for _, l := range ListTypes() {
		t.Rules = append(t.Rules, defaultsOf(l)...)
	}
	return t
}

func defaultsOf(l ListType) []Rule {
	strict := []string{"RENEW", "TRANSFER_IN"}
	block := []string{"APPLY", "ADD_CATEGORY", "REHIRE"}
	// What the courts and other authorities list bars nobody from this trade by
	// itself: there is no statute for it (§31), closer review there is.
	if l.Code != "TRANSPORT_SERIOUS" {
		strict, block = append(strict, block...), nil
	}
	line := func(action string, e Effect) Rule {
		basis := lawSerious
		if !l.Serious {
			basis = lawGeneral
		}
		return Rule{
			List: l.Code, Situation: Any, Action: action, Effect: e, Severity: e.rank() + 1, Color: e.usual(), Basis: basis, Enabled: true,
			Guide:  "履行生效决定确定的义务后，向列入名单的机关申请信用修复；名单移出后限制自动解除",
			Office: "“信用中国（上海）”网站或上海市公共信用信息服务中心窗口",
			Papers: []string{"居民身份证", "信用修复申请书", "履行义务的证明"},
		}
	}
	var out []Rule
	for _, a := range block {
		out = append(out, line(a, BlockSubmit))
	}
	for _, a := range strict {
		out = append(out, line(a, StrictReview))
	}
	for _, a := range []string{"REISSUE", "CHANGE"} {
		out = append(out, line(a, Warn))
	}
	free := line("CANCEL", None)
	free.Basis, free.Guide = "", ""
	return append(out, line("APPOINT", NoFast), free)
}
