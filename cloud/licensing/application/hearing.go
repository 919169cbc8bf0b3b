package application

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// A public hearing (C6; 行政许可法 §47, §48): the applicant is told of the right, has
// five working days to ask, then the office has twenty to hold it, and says day, time
// and place seven before. Only what was said and done is kept; the days follow from it
// and the calendar.

// Special procedures that mean more than that the clocks stand still.
const (
	publicHearing = "听证"
	vetting       = "失信核查" // domain reference 3.1; only under strict review
)

// Working days of a hearing.
const (
	askDays    = 5
	hearDays   = 20
	noticeDays = 7
)

// HearingState is how far a hearing has come.
type HearingState string

// States of a hearing.
const (
	HearingTold    HearingState = "TOLD"    // the applicant can ask
	HearingLapsed  HearingState = "LAPSED"  // nobody asked in time
	HearingDropped HearingState = "DROPPED" // given up, or the request taken back
	HearingAsked   HearingState = "ASKED"   // a day is to be fixed
	HearingFixed   HearingState = "FIXED"   // its day is to come
	HearingPast    HearingState = "PAST"    // its day has come
)

// Hearing is that of a suspended case.
type Hearing struct {
	Case    string     `json:"-" db:"case_id"`
	Seq     int        `json:"-" db:"seq"`
	Told    clock.Date `json:"told_on" db:"told_on" doc:"告知听证权利的日期"`
	Asked   clock.Date `json:"asked_on,omitzero" db:"asked_on"`
	Dropped clock.Date `json:"dropped_on,omitzero" db:"dropped_on" doc:"放弃听证或撤回听证申请的日期"`
	At      *time.Time `json:"at,omitempty" db:"at" doc:"举行听证的时间"`
	Place   string     `json:"place" db:"place"`
	Ended   bool       `json:"-" db:"ended"`
	MAC     []byte     `json:"-" db:"mac"`

	State    HearingState `json:"state" db:"-" enum:"TOLD,LAPSED,DROPPED,ASKED,FIXED,PAST"`
	AskBy    clock.Date   `json:"ask_by" db:"-" doc:"最迟在这一天要求听证"`
	HoldBy   clock.Date   `json:"hold_by,omitzero" db:"-" doc:"最迟在这一天举行听证；要求听证后才有"`
	Earliest clock.Date   `json:"earliest,omitzero" db:"-" doc:"今天通知的，最早可以在这一天举行"`
	Days     []clock.Date `json:"days,omitempty" db:"-" doc:"可以举行听证的工作日；要求听证后才有"`
	Says     string       `json:"says" db:"-" doc:"现在怎样，下一步做什么"`

	late bool // the five days are over
}

const (
	hearingFields  = `case_id, seq, told_on, asked_on, dropped_on, at, place, ended, mac`
	hearingColumns = `SELECT ` + hearingFields + ` FROM licensing_hearing`
	// the newest, also one that has ended: were it not read, setting the mark would be enough
	// to be rid of a hearing
	hearingSQL     = hearingColumns + ` WHERE case_id = $1 ORDER BY seq DESC LIMIT 1`
	hearingsSQL    = `SELECT DISTINCT ON (case_id) ` + hearingFields + ` FROM licensing_hearing WHERE case_id = ANY($1) ORDER BY case_id, seq DESC`
	nextHearingSQL = `SELECT count(*) + 1 FROM licensing_hearing WHERE case_id = $1`
	putHearingSQL  = `INSERT INTO licensing_hearing (` + hearingFields + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (case_id, seq) DO UPDATE SET asked_on = excluded.asked_on, dropped_on = excluded.dropped_on, at = excluded.at, place = excluded.place,
		ended = excluded.ended, mac = excluded.mac`
)

func (h *Hearing) parts() [][]byte {
	at := ""
	if h.At != nil {
		at = keys.Stamp(*h.At)
	}
	return [][]byte{
		[]byte("licensing_hearing"), []byte(h.Case), []byte(strconv.Itoa(h.Seq)), []byte(day(h.Told)), []byte(day(h.Asked)), []byte(day(h.Dropped)),
		[]byte(at), []byte(h.Place), []byte(strconv.FormatBool(h.Ended)),
	}
}

// hear reads the hearing of a case that stands still for one, and how far it has come.
// Fault: licensing.case.tampered.
func (s *Service) hear(ctx context.Context, q db.Q, c *Case) error {
	c.hearing = nil
	if c.State != licensing.Suspended {
		return nil
	}
	h, found, err := db.Maybe[Hearing](ctx, q, hearingSQL, c.ID)
	if err != nil {
		return err
	}
	if found {
		cal, err := s.Calendar.Calendar(ctx, q)
		if err != nil {
			return err
		}
		if err := s.heardOf(c, h, cal); err != nil || c.hearing != nil {
			return err
		}
	}
	k, err := clocksOf(ctx, q, c)
	if err != nil {
		return err
	}
	course, err := courseOf(ctx, q, c)
	if err != nil {
		return err
	}
	return c.unheard(k, course)
}

// unheard makes sure that a case without an open hearing has none: were its row gone, the
// case could go on without it. Its clock and its course speak of it too.
func (c *Case) unheard(k clocks, course []Happening) error {
	gone := k.find(ToHear) != nil
	for _, h := range slices.Backward(course) {
		if h.Event == licensing.Suspend {
			break
		}
		gone = gone || h.Event == licensing.AskHearing || h.Event == licensing.FixHearing || h.Event == licensing.DropHearing
	}
	if gone {
		return fault.Newf(fault.Internal, "licensing.case.tampered", "办件 %s 的听证记录被程序以外的方式删除过，已停止办理，请联系系统管理员", c.ApplyNo)
	}
	return nil
}

func (s *Service) heardOf(c *Case, h Hearing, cal *clock.Calendar) (err error) {
	if !s.keys.CheckRowMAC(h.MAC, h.parts()...) {
		return fault.Newf(fault.Internal, "licensing.case.tampered", "办件 %s 的听证记录被程序以外的方式改动过，已停止办理，请联系系统管理员", c.ApplyNo)
	}
	if h.Ended { // it stands still for something else now
		return nil
	}
	c.hearing = &h
	return h.look(s.now(), cal)
}

// look works out where a hearing stands at a moment, and what to do next.
func (h *Hearing) look(now time.Time, cal *clock.Calendar) (err error) {
	if h.AskBy, err = cal.Deadline(h.Told, askDays); err != nil {
		return err
	}
	if !h.Asked.IsZero() {
		if h.HoldBy, err = cal.Deadline(h.Asked, hearDays); err != nil {
			return err
		}
	}
	today := clock.DateOf(now)
	h.Days = nil
	h.late = h.AskBy.Before(today)
	h.Earliest, _ = cal.Deadline(today, noticeDays) // without next year's calendar nobody knows: nothing can be fixed
	for d := h.Earliest; !h.Asked.IsZero() && !d.IsZero() && !h.latest().Before(d); d = d.Add(1) {
		worked, err := cal.Workday(d)
		if err != nil {
			return err
		}
		if worked {
			h.Days = append(h.Days, d)
		}
	}
	switch {
	case !h.Dropped.IsZero():
		h.State = HearingDropped
	case h.Asked.IsZero() && h.late:
		h.State = HearingLapsed
	case h.Asked.IsZero():
		h.State = HearingTold
	case h.At == nil:
		h.State = HearingAsked
	case h.At.After(now):
		h.State = HearingFixed
	default:
		h.State = HearingPast
	}
	h.Says = h.next()
	return nil
}

// latest is the last day on which it may be held: the law's, or when no notice can be
// given in time any more, the first that it can be given for. The notice is the
// applicant's right, the twenty days are the office's duty.
func (h *Hearing) latest() clock.Date {
	if h.HoldBy.Before(h.Earliest) {
		return h.Earliest
	}
	return h.HoldBy
}

// days says on which days it can be held.
func (h *Hearing) days() string {
	if h.Earliest.IsZero() {
		return "须提前七个工作日通知；下一年度的工作日历还没有维护，请先由日历管理员维护"
	}
	if h.HoldBy.Before(h.Earliest) {
		return fmt.Sprintf("已不能在 %s（要求听证之日起二十个工作日）前举行，须提前七个工作日通知，只能定在 %s", h.HoldBy, h.Earliest)
	}
	return fmt.Sprintf("须提前七个工作日通知，最早 %s，最迟 %s（要求听证之日起二十个工作日），在工作日举行", h.Earliest, h.HoldBy)
}

// next is what an official does next.
func (h *Hearing) next() string {
	switch h.State {
	case HearingTold:
		return fmt.Sprintf("已于 %s 告知听证权利，申请人可以在 %s 前（含当日）要求听证；要求听证的由窗口登记或由申请人在网上提出，书面放弃的由窗口登记。在此之前不能恢复办理", h.Told, h.AskBy)
	case HearingLapsed:
		return fmt.Sprintf("五个工作日已于 %s 届满，申请人没有要求听证：请恢复办理", h.AskBy)
	case HearingDropped:
		return fmt.Sprintf("申请人已于 %s 放弃听证或撤回听证申请：请恢复办理", h.Dropped)
	case HearingAsked:
		return fmt.Sprintf("申请人已于 %s 要求听证，请审查员确定时间、地点并通知申请人：%s", h.Asked, h.days())
	case HearingFixed:
		return fmt.Sprintf("听证定于 %s，已书面通知申请人；举行后写明听证结论，恢复办理。需要改期的重新通知：%s", h.when(), h.days())
	case HearingPast:
		return fmt.Sprintf("听证时间（%s）已到：已经举行的，请按听证笔录写明结论，恢复办理；没有举行的，请重新确定时间并通知申请人", h.when())
	}
	return ""
}

// tells is what the applicant reads: where it stands, and what they can do.
func (h *Hearing) tells() string {
	const window = "不要求听证或者要撤回的，请到受理窗口书面提出。"
	switch h.State {
	case HearingTold:
		return fmt.Sprintf("你有权要求听证，不收费用，最迟 %s 提出。提出后二十个工作日内举行，至少提前七个工作日通知你时间、地点；不提出的，到期后本机关恢复办理，你不用办理。", h.AskBy)
	case HearingLapsed:
		return fmt.Sprintf("要求听证的期限已于 %s 届满，你没有要求听证，本机关将恢复办理，你不用办理。", h.AskBy)
	case HearingDropped:
		return fmt.Sprintf("你已于 %s 书面放弃听证或撤回听证申请，本机关将恢复办理。", h.Dropped)
	case HearingAsked:
		return fmt.Sprintf("你已于 %s 要求听证，本机关应在 %s 前举行，至少提前七个工作日通知你时间、地点，请等待通知。", h.Asked, h.HoldBy) + window
	case HearingFixed:
		return fmt.Sprintf("听证定于 %s举行，请携带身份证件准时参加。", h.when()) + window
	case HearingPast:
		return fmt.Sprintf("听证时间（%s）已到，本机关根据听证情况继续办理，请等待通知。", h.when())
	}
	return ""
}

// nextOfHearing says in the applicant's list what a hearing wants of them. The day that
// runs is no day of the case's end, and the words name it.
func (s *Service) nextOfHearing(ctx context.Context, q db.Q, c *Case, out *OwnCase) error {
	if err := s.hear(ctx, q, c); err != nil || c.hearing == nil {
		return err
	}
	out.Due = clock.Date{}
	switch h := c.hearing; h.State {
	case HearingTold:
		out.Todo = fmt.Sprintf("需要听证的，请在 %s 前（含当日）提出；不需要的不用办理", h.AskBy)
	case HearingFixed:
		out.Todo = "参加听证：" + h.when()
	}
	return nil
}

// when is time and place as people read them.
func (h *Hearing) when() string {
	return h.At.In(clock.Shanghai()).Format("2006-01-02 15:04") + " 在" + h.Place
}

// bars says why an event cannot happen now because of a hearing. Faults:
// licensing.case.hearing.none, .asked, .late, .over, .unasked, .waiting, .unheld.
func (h *Hearing) bars(e licensing.Event) error {
	if h == nil {
		if e == licensing.Resume {
			return nil
		}
		return fault.New(fault.Precondition, "licensing.case.hearing.none", "本办件现在没有告知过听证权利，请刷新页面后查看最新状态")
	}
	pending := h.State == HearingTold || h.State == HearingAsked || h.State == HearingFixed
	switch e {
	case licensing.AskHearing:
		return h.askable()
	case licensing.DropHearing:
		if !pending {
			return fault.New(fault.Conflict, "licensing.case.hearing.over", "现在没有可以放弃或撤回的听证，不需要登记，请恢复办理")
		}
	case licensing.FixHearing:
		if h.State != HearingPast && (h.State == HearingTold || !pending) {
			return fault.New(fault.Precondition, "licensing.case.hearing.unasked", "申请人没有要求听证，不需要确定听证时间；"+h.Says)
		}
	case licensing.Resume:
		switch {
		case h.State == HearingTold:
			return fault.Newf(fault.Precondition, "licensing.case.hearing.waiting", "申请人在 %s 前（含当日）可以要求听证，现在不能恢复办理；申请人书面放弃的，请先由窗口登记“放弃听证”", h.AskBy)
		case pending:
			return fault.New(fault.Precondition, "licensing.case.hearing.unheld", "申请人要求的听证还没有举行，不能恢复办理；申请人撤回听证申请的，请先由窗口登记“放弃听证”。"+h.Says)
		}
	}
	return nil
}

// askable says why nobody can ask for a hearing now; who gave it up may ask after all,
// as long as the five days run.
func (h *Hearing) askable() error {
	switch h.State {
	case HearingAsked, HearingFixed, HearingPast:
		return fault.Newf(fault.Conflict, "licensing.case.hearing.asked", "已于 %s 要求听证，不需要重复提出；时间、地点会至少提前七个工作日书面通知", h.Asked)
	case HearingLapsed, HearingDropped:
		if h.late {
			return fault.Newf(fault.Precondition, "licensing.case.hearing.late",
				"要求听证的期限已于 %s 届满（被告知之日起五个工作日），不能再要求听证；有意见的可以书面陈述申辩，对决定不服的可以依法申请行政复议或者提起行政诉讼", h.AskBy)
		}
	}
	return nil
}

// keepHearing writes a hearing down with its event, and where it stands now.
func (s *Service) keepHearing(ctx context.Context, w *work) error {
	h := w.hearing
	h.MAC = s.keys.RowMAC(h.parts()...)
	w.later.Write(putHearingSQL, h.Case, h.Seq, h.Told, h.Asked, h.Dropped, h.At, h.Place, h.Ended, h.MAC)
	cal, err := s.Calendar.Calendar(ctx, w.tx)
	if err != nil {
		return err
	}
	return h.look(s.now(), cal)
}

// tellHearing begins with that the applicant is told of the right, today. Nobody is told
// of what the calendar does not reach: asking would be refused for the office's neglect.
func (s *Service) tellHearing(ctx context.Context, w *work) error {
	cal, err := s.Calendar.Calendar(ctx, w.tx)
	if err == nil {
		_, err = cal.Deadline(s.today(), askDays+hearDays)
	}
	if err != nil {
		return err
	}
	seq, err := db.Value[int](ctx, w.tx, nextHearingSQL, w.ID)
	if err != nil {
		return err
	}
	w.hearing = &Hearing{Case: w.ID, Seq: seq, Told: s.today()}
	return s.keepHearing(ctx, w)
}

// askHearing is the applicant's, or an official's who writes down that they asked.
func askHearing(ctx context.Context, s *Service, w *work) error {
	if w.order.Text = strings.TrimSpace(w.order.Text); w.order.Text == "" {
		w.order.Text = "申请人在网上要求听证"
		if w.actor.Kind == auth.KindStaff {
			w.order.Text = "申请人到窗口要求听证"
		}
	}
	h := w.hearing
	h.Asked, h.Dropped, h.At, h.Place = s.today(), clock.Date{}, nil, ""
	return s.keepHearing(ctx, w)
}

// dropHearing writes down that the applicant gave it up in writing, or took the request
// back.
func dropHearing(ctx context.Context, s *Service, w *work) error {
	w.hearing.Dropped = s.today()
	return s.keepHearing(ctx, w)
}

// concludeHearing ends a hearing, its case goes on: what came of it has to be said (§48(2)
// wants the decision to rest on its record). Fault: licensing.case.hearing.conclusion.
func (s *Service) concludeHearing(ctx context.Context, w *work) error {
	h := w.hearing
	if h == nil {
		return nil
	}
	if h.State == HearingPast && !w.deemed && len([]rune(strings.TrimSpace(w.order.Text))) < 4 {
		return fault.New(fault.Invalid, "licensing.case.hearing.conclusion", "请按听证笔录写明听证的结论，至少四个字")
	}
	h.Ended = true
	return s.keepHearing(ctx, w)
}
