// Package credit takes in the list of serious dishonesty from the credit system
// (M46): controlled fields only, signed batches, once each. The README is the
// agreement. What an entry means is package sanction's.
package credit

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"huyun.internal/cloud/external"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Where and as whom the credit system sends.
const (
	Path   = "/partner/v1/credit/"
	Sender = "credit-sh"
	Perm   = "external.credit.push"
)

// MaxEntries of a batch.
const MaxEntries = 1000

type (
	batch struct {
		BatchNo int64     `json:"batchNo"`
		MadeAt  time.Time `json:"madeAt"`
		Entries []entry   `json:"entries"`
	}
	entry struct {
		PersonID    string `json:"personId"`
		ListType    string `json:"listType"`
		Reason      string `json:"reason"`
		DecisionNo  string `json:"decisionNo"`
		Org         string `json:"org"`
		ListedAt    string `json:"listedAt"`
		ExpireAt    string `json:"expireAt"`
		Status      string `json:"status"`
		RepairState string `json:"repairState"`
	}
)

// Inbound receives batches.
type Inbound struct {
	Keys  external.Opener
	List  *sanction.Service
	Clock clock.Clock
	Log   *slog.Logger
}

// Register adds the operation to the partner interface.
func (in *Inbound) Register(w *web.Web) {
	external.Receive(w, web.Op{ID: Perm, Method: http.MethodPost, Path: Path + "batches", Summary: "接收失信名单批次"}, in.Log, in.take)
}

func (in *Inbound) take(ctx context.Context, sender string, b batch) (sanction.Answer, error) {
	switch {
	case b.BatchNo < 1:
		return sanction.Answer{}, fault.New(fault.Invalid, "external.credit.number", "批次号应是从 1 起递增的整数")
	case b.MadeAt.IsZero() || b.MadeAt.After(in.Clock.Now().Add(external.Skew)):
		return sanction.Answer{}, fault.New(fault.Invalid, "external.credit.made", "生成时间缺失或晚于现在，请核对时钟")
	case len(b.Entries) == 0:
		return sanction.Answer{}, fault.New(fault.Invalid, "external.credit.empty", "批次里没有内容")
	case len(b.Entries) > MaxEntries:
		return sanction.Answer{}, fault.Newf(fault.TooLarge, "external.credit.size", "一批最多 %d 条，请分批报送", MaxEntries)
	}
	out := sanction.Batch{Number: b.BatchNo, MadeAt: b.MadeAt}
	var wrong []string
	seen := map[string]int{}
	for i := range b.Entries {
		item, bad := in.item(&b.Entries[i])
		key := item.ID.Reveal() + "\n" + item.List + "\n" + item.DecisionNo
		if first, twice := seen[key]; twice && len(bad) == 0 {
			bad = append(bad, fmt.Sprintf("与第 %d 条是同一人同一决定", first+1))
		}
		seen[key] = i
		for _, what := range bad {
			wrong = append(wrong, fmt.Sprintf("第 %d 条 %s", i+1, what))
		}
		out.Items = append(out.Items, item)
	}
	if len(wrong) > 0 {
		return sanction.Answer{}, fault.Newf(fault.Invalid, "external.credit.entries", "整批未接收，有 %d 处错误：%s", len(wrong), strings.Join(wrong[:min(len(wrong), 10)], "；"))
	}
	return in.List.Receive(ctx, sender, out)
}

// item reads one line and says everything that is wrong with it, never what it
// holds.
func (in *Inbound) item(e *entry) (sanction.Item, []string) {
	out := sanction.Item{
		List: e.ListType, Reason: e.Reason, DecisionNo: strings.TrimSpace(e.DecisionNo), Org: e.Org, ListedAt: e.ListedAt, ExpireAt: e.ExpireAt,
		Status: e.Status, RepairStat: e.RepairState,
	}
	var bad []string
	number, err := external.Number(in.Keys, e.PersonID)
	if err != nil {
		bad = append(bad, "personId："+fault.From(err).Text)
	} else if out.ID, err = person.ParseID(number); err != nil {
		bad = append(bad, "personId：不是有效的身份证号码")
	}
	if !sanction.KnownList(e.ListType) {
		bad = append(bad, "listType：没有约定这种名单")
	}
	for _, t := range []struct {
		name, text string
		most       int
		must       bool
	}{{"reason", e.Reason, 500, true}, {"decisionNo", out.DecisionNo, 100, true}, {"org", e.Org, 100, true}} {
		if t.must && strings.TrimSpace(t.text) == "" || len([]rune(t.text)) > t.most || !person.Line(t.text) {
			bad = append(bad, fmt.Sprintf("%s：应为 1 至 %d 个字的一行文字", t.name, t.most))
		}
	}
	if err := mention(e); err != nil {
		bad = append(bad, "reason、org、decisionNo 中不能出现身份证号码")
	}
	return out, append(bad, states(e)...)
}

// mention finds somebody's whole number in a text that everybody will read.
func mention(e *entry) error {
	_, err := person.CheckText(struct{ A, B, C string }{e.Reason, e.Org, e.DecisionNo})
	if fault.Is(err, "request.text.id") {
		return err
	}
	return nil
}

func states(e *entry) []string {
	var bad []string
	listed, err := clock.ParseDate(e.ListedAt)
	if err != nil {
		bad = append(bad, "listedAt：应为 年-月-日")
	}
	if e.ExpireAt != "" {
		if until, err := clock.ParseDate(e.ExpireAt); err != nil || until.Before(listed) {
			bad = append(bad, "expireAt：应为不早于 listedAt 的 年-月-日，长期的留空")
		}
	}
	switch e.Status {
	case sanction.On, sanction.Off:
	default:
		bad = append(bad, "status：应为 ON 或 OFF")
	}
	switch e.RepairState {
	case sanction.RepairNone, sanction.RepairApplied, sanction.RepairDone, sanction.RepairRefused, sanction.RepairAnnulled:
	default:
		bad = append(bad, "repairState：应为 NONE、APPLIED、REPAIRED、REFUSED 或 ANNULLED")
	}
	return bad
}
