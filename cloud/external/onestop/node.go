package onestop

import (
	"strings"
	"time"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/protocol/clock"
)

// nodeNames are the platform's nodes of a case.
var nodeNames = map[string]string{
	"01": "收件", "02": "受理", "03": "不予受理", "04": "补正", "05": "审批", "06": "特别程序", "07": "延期", "08": "办结-准予", "09": "办结-不予",
	"10": "制证", "11": "送达", "12": "撤回", "13": "终止", "14": "预审退回",
}

// nodes says to which node an event leads; what is not here is our own affair.
var nodes = map[licensing.Event]string{
	licensing.Submit: "01", licensing.Supplement: "01", licensing.Accept: "02", licensing.DeemAccepted: "02", licensing.Refuse: "03",
	licensing.RequireCorrection: "04", licensing.PassReview: "05", licensing.ProposeRefusal: "05", licensing.Resume: "05", licensing.Suspend: "06", licensing.FixHearing: "06", licensing.Extend: "07",
	licensing.Grant: "08", licensing.Deny: "09", licensing.MakeCertificate: "10", licensing.Deliver: "11", licensing.Withdraw: "12",
	licensing.CorrectionTimeout: "13", licensing.RemoteCancel: "13", licensing.Terminate: "13", licensing.Return: "14",
}

// opinions are what is said where nobody wrote anything.
var opinions = map[licensing.Event]string{
	licensing.Supplement: "已收到补正材料", licensing.DeemAccepted: "逾期未告知，视为受理", licensing.Resume: "特别程序结束，恢复办理",
	licensing.CorrectionTimeout: "逾期未补正，终止办理", licensing.RemoteCancel: "申请已由受理渠道撤销",
}

// Bodies of messages; seq is filled in when they are sent, files are read then.
type (
	applyBody struct {
		ApplyNo    string `json:"applyNo"`
		ItemCode   string `json:"itemCode"`
		ItemName   string `json:"itemName"`
		UserID     string `json:"userId"`
		Source     string `json:"source"`
		TargetType string `json:"targetType"`
		TargetName string `json:"targetName"`
		TargetNo   string `json:"targetNo"`
		Draft      int    `json:"draft"`
	}
	stuffBody struct {
		ApplyNo   string `json:"applyNo"`
		StuffID   string `json:"stuffId"`
		StuffCode string `json:"stuffCode"`
		StuffName string `json:"stuffName"`
		StuffType int    `json:"stuffType"`
		SM3       string `json:"sm3"`
		Size      int64  `json:"size"`
	}
	submitBody struct {
		ApplyNo      string   `json:"applyNo"`
		SubItemCodes []string `json:"subItemCodes"`
	}
	statusBody struct {
		ApplyNo     string `json:"applyNo"`
		Seq         int    `json:"seq"`
		Node        string `json:"node"`
		NodeName    string `json:"nodeName"`
		OpTime      string `json:"opTime"`
		Operator    string `json:"operator"`
		OrgCode     string `json:"orgCode"`
		Opinion     string `json:"opinion"`
		RemainDays  *int   `json:"remainDays"`
		AcceptTime  string `json:"acceptTime"`
		PromiseTime string `json:"promiseTime"`
		FinishTime  string `json:"finishTime"`
		Result      string `json:"result"`
	}
	correctionBody struct {
		ApplyNo string       `json:"applyNo"`
		Seq     int          `json:"seq"`
		OpTime  string       `json:"opTime"`
		DueTime string       `json:"dueTime"`
		Defects []defectBody `json:"defects"`
	}
	defectBody struct {
		Name   string `json:"name"`
		Reason string `json:"reason"`
		HowTo  string `json:"howTo"`
	}
	resultBody struct {
		Data     resultData `json:"data"`
		Filedata []fileBody `json:"filedata"`
	}
	resultData struct {
		ApplyNo          string `json:"applyNo"`
		Seq              int    `json:"seq"`
		Result           string `json:"result"`
		Suggestion       string `json:"suggestion"`
		SldwCode         string `json:"sldwCode"`
		SldwName         string `json:"sldwName"`
		ReceiveApplyTime string `json:"receiveApplyTime"`
		FinishTime       string `json:"finishTime"`
	}
	fileBody struct {
		DocumentType string `json:"documentType"`
		FileName     string `json:"fileName"`
		File         string `json:"file"`
		SM3          string `json:"sm3"`
		Sealed       bool   `json:"sealed"`
	}
	documentBody struct {
		ApplyNo string `json:"applyNo"`
		Seq     int    `json:"seq"`
		Number  string `json:"number"`
		fileBody
	}
)

// draft is a message before it is written down.
type draft struct {
	endpoint, node, letter string
	body                   any
}

// opened are the messages by which the platform gets to know a case.
func opened(n application.News, user string, handed []Handed) []draft {
	if n.Event == licensing.Save {
		return []draft{{endpoint: saveApply, body: applied(n, user, 1)}}
	}
	a := applied(n, user, 0)
	if n.Case.Channel != licensing.Online {
		return []draft{{endpoint: saveApply, body: a}}
	}
	out := append([]draft{{endpoint: saveApply, body: a}}, stuff(n.Case.ApplyNo, handed)...)
	return append(out, draft{endpoint: submitApply, body: submitBody{ApplyNo: n.Case.ApplyNo, SubItemCodes: []string{}}})
}

func applied(n application.News, user string, draft int) applyBody {
	c := n.Case
	a := applyBody{
		ApplyNo: c.ApplyNo, ItemCode: n.Matter.ItemCode, ItemName: n.Matter.Name, UserID: user, Source: "窗口", TargetType: "个人",
		TargetName: c.Name, TargetNo: c.IDNo, Draft: draft,
	}
	if c.Channel == licensing.Online {
		a.Source = "网上申请"
	}
	return a
}

// stuff lists what was handed in as files or taken from e-licences; a newer
// revision takes the place of the one before.
func stuff(applyNo string, handed []Handed) []draft {
	var out []draft
	for _, h := range handed {
		kind, known := map[string]int{"scan": 0, "ecert": 1, "generated": 2, "data": 2}[h.Form]
		if known {
			out = append(out, draft{endpoint: uploadStuff, body: stuffBody{
				ApplyNo: applyNo, StuffID: applyNo + "-" + h.Code, StuffCode: h.Code, StuffName: h.Name, StuffType: kind, SM3: h.SM3, Size: h.Size,
			}})
		}
	}
	return out
}

// steps are the messages of an event. remain is how many working days are left;
// nil: no clock runs.
func (a Agency) steps(n application.News, remain *int) []draft {
	node := nodes[n.Event]
	if node == "" || (n.Event == licensing.PassReview || n.Event == licensing.ProposeRefusal) && n.Case.State != licensing.Approving { // a second review is still to come
		return nil
	}
	c, online := n.Case, n.Case.Channel == licensing.Online
	st := statusBody{
		ApplyNo: c.ApplyNo, Node: node, NodeName: nodeNames[node], OpTime: moment(n.At), Operator: n.By, OrgCode: a.Code, Opinion: opinion(n),
		RemainDays: remain, AcceptTime: day(c.AcceptedOn), PromiseTime: day(promise(n.Clocks)), Result: verdicts[node],
	}
	if c.State.Final() || verdicts[node] != "" {
		st.FinishTime = day(clock.DateOf(n.At))
	}
	out := []draft{{endpoint: status, node: node, body: st}}
	switch {
	case !online:
		return out
	case n.Event == licensing.RequireCorrection:
		out = append(out, draft{endpoint: correction, node: node, body: asked(n)})
	case n.Event == licensing.Grant || n.Event == licensing.Deny:
		r := resultBody{Data: resultData{
			ApplyNo: c.ApplyNo, Result: verdicts[node], Suggestion: opinion(n), SldwCode: a.Code, SldwName: a.Name,
			ReceiveApplyTime: day(c.AppliedOn), FinishTime: day(clock.DateOf(n.At)),
		}, Filedata: []fileBody{}}
		d := draft{endpoint: result, node: node, body: r}
		if n.Letter != nil {
			d.letter = n.Letter.ID
		}
		out = append(out, d)
	}
	if n.Letter != nil {
		out = append(out, draft{endpoint: document, node: node, letter: n.Letter.ID, body: documentBody{
			ApplyNo: c.ApplyNo, Number: n.Letter.Number, fileBody: paper(n.Letter),
		}})
	}
	return out
}

// verdicts are the results of the nodes that decide.
var verdicts = map[string]string{"03": "不通过", "08": "通过", "09": "不通过"}

func asked(n application.News) correctionBody {
	b := correctionBody{ApplyNo: n.Case.ApplyNo, OpTime: moment(n.At), Defects: make([]defectBody, len(n.Defects))}
	for i, d := range n.Defects {
		b.Defects[i] = defectBody{d.Name, d.Reason, d.HowTo}
	}
	for _, k := range n.Clocks {
		if k.ID == application.ToCorrect && !k.Ended {
			b.DueTime = day(k.Due)
		}
	}
	return b
}

// paper is a letter without its file. Only numbered letters carry a seal, and the
// seal of a demonstration is none.
func paper(l *letter.Letter) fileBody {
	return fileBody{DocumentType: l.Kind, FileName: l.KindName + ".pdf", Sealed: l.Serial > 0 && !l.Demo}
}

func opinion(n application.News) string {
	if text := strings.Join(strings.Fields(n.Text), " "); text != "" {
		return text
	}
	if n.Event == licensing.Grant && !n.Matter.Licenses() { // the platform's own words are of a licence
		return n.Matter.EventName(n.Event) + "：" + n.Matter.Result.Says
	}
	return opinions[n.Event]
}

// promise is the day by which the applicant may expect a decision.
func promise(clocks []application.Clock) clock.Date {
	if k := deciding(clocks); k != nil {
		return k.Due
	}
	return clock.Date{}
}

// deciding is the clock that the applicant is told of: what was promised, or else
// what the law allows.
func deciding(clocks []application.Clock) *application.Clock {
	for _, id := range []application.ClockID{application.Promised, application.ToDecide} {
		for i := range clocks {
			if clocks[i].ID == id && !clocks[i].Ended && !clocks[i].Due.IsZero() {
				return &clocks[i]
			}
		}
	}
	return nil
}

func moment(t time.Time) string { return t.In(clock.Shanghai()).Format(time.RFC3339) }

func day(d clock.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}
