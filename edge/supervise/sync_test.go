package supervise_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/protocol/wire"
)

// well is a link without trouble.
func well(h *apptest.House) supervise.Link {
	return supervise.Link{
		Connected: true, Transport: "quic", Offset: new(time.Duration), DiskFree: 100 << 30, Reserve: 64 << 20, CertUntil: h.Time.Now().Add(60 * 24 * time.Hour),
	}
}

func item(s supervise.Strip, code string) supervise.Item {
	i := slices.IndexFunc(s.Items, func(i supervise.Item) bool { return i.Code == code })
	return s.Items[i]
}

func TestTheStripTellsTheTruth(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Up = well(h)
	s := h.Supervise.Strip()
	require.Equal(t, "green", s.Level, "%+v", s)
	for _, i := range s.Items {
		require.Equal(t, "green", i.Level, i.Code)
	}
	h.Up.Unacked, h.Up.Oldest, h.Up.Since = map[string]uint64{"exam": 9}, 4*time.Second, 18*time.Second
	require.Equal(t, "green", h.Supervise.Strip().Level, "what is on its way is no trouble")
	ms := func(d time.Duration) *time.Duration { return &d }
	for name, row := range map[string]struct {
		trouble     func(l *supervise.Link)
		code, level string
		text, stops string
	}{
		"cut off":       {func(l *supervise.Link) { l.Connected, l.Down, l.Tried = false, 12*time.Minute, "tcp" }, "wan", "yellow", "外网断开，已 12 分钟，TCP", "不能接收考题包"},
		"refused":       {func(l *supervise.Link) { l.Refused = "node.revoked" }, "wan", "red", "node.revoked", "不能上传"},
		"waiting":       {func(l *supervise.Link) { l.Unacked, l.Oldest = map[string]uint64{"exam": 42}, 90*time.Minute }, "records", "yellow", "42 条中心尚未确认，最早的已等待 1 小时 30 分", "考试不受影响"},
		"a few seconds": {func(l *supervise.Link) { l.Unacked, l.Oldest = map[string]uint64{"exam": 1}, 6*time.Second }, "records", "yellow", "1 条中心尚未确认，最早的已等待 6 秒", "考试不受影响"},
		"silent":        {func(l *supervise.Link) { l.Since = 21 * time.Second }, "wan", "yellow", "中心已 21 秒没有回应", "可能收不到"},
		"long waiting":  {func(l *supervise.Link) { l.Unacked, l.Oldest = map[string]uint64{"exam": 42}, 73*time.Hour }, "records", "red", "42", "复算"},
		"halted":        {func(l *supervise.Link) { l.Halted = "记录不一致" }, "records", "red", "记录不一致", "不再上传"},
		"low disk":      {func(l *supervise.Link) { l.DiskFree = 500 << 20 }, "disk", "yellow", "剩余 500 MB", "低于 64 MB 时停止保存照片"},
		"reserve":       {func(l *supervise.Link) { l.DiskFree = 50 << 20 }, "disk", "red", "剩余 50 MB", "已停止保存照片"},
		"full":          {func(l *supervise.Link) { l.DiskFree, l.Full = 1<<20, true }, "disk", "red", "磁盘已满", "作答不能保存"},
		"certificate":   {func(l *supervise.Link) { l.CertUntil = h.Time.Now().Add(50 * time.Hour) }, "cert", "yellow", "还有 2 天", "11-25 11:00 起不能上传"},
		"expired":       {func(l *supervise.Link) { l.CertUntil = h.Time.Now().Add(-50 * time.Hour) }, "cert", "red", "已过期 2 天", "现在：不能上传"},
		"clock":         {func(l *supervise.Link) { l.Offset = ms(-3 * time.Minute) }, "clock", "yellow", "相差 3 分钟", "中心不放行"},
		"no clock":      {func(l *supervise.Link) { l.Offset = nil }, "clock", "yellow", "尚未与中心对时", ""},
		"store":         {func(l *supervise.Link) { l.Store = "存储未在工作" }, "store", "red", "存储未在工作", "新的作答不能保存"},
		"damaged":       {func(l *supervise.Link) { l.Corrupt = 2 }, "store", "red", "2 处损坏", "考前检查不通过"},
	} {
		h.Up = well(h)
		row.trouble(&h.Up)
		s := h.Supervise.Strip()
		i := item(s, row.code)
		require.Equal(t, row.level, i.Level, name)
		require.Equal(t, row.level, s.Level, name)
		require.Contains(t, i.Text, row.text, name)
		require.Contains(t, i.Stops, row.stops, name)
		require.NotEmpty(t, i.Do, name)
		require.Contains(t, s.Text, i.Text, name)
	}
	h.Up = well(h)
	h.Up.Connected, h.Up.DiskFree = false, 50<<20
	require.Equal(t, "磁盘空间：剩余 50 MB；另有 1 项需要注意", h.Supervise.Strip().Text, "the worst comes first")
}

// TestTheStripKnowsWhenTheDiskIsFull: at the pace of the last hour.
func TestTheStripKnowsWhenTheDiskIsFull(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Up = well(h)
	h.Up.DiskFree = 21<<30 + 64<<20
	w := h.Supervise.Watch()
	for range 61 {
		w.Look(h.T.Context())
		h.Time.Advance(time.Minute)
		h.Up.DiskFree -= 1 << 30 / 60
	}
	i := item(h.Supervise.Strip(), "disk")
	require.Equal(t, "green", i.Level)
	require.Contains(t, i.Text, "按目前速度约 19 小时")
	h.Up.DiskFree -= 14 << 30
	i = item(h.Supervise.Strip(), "disk")
	require.Equal(t, "yellow", i.Level)
	require.Contains(t, i.Stops, "约 11-23 ")
	h.Up.DiskFree -= 4 << 30
	require.Equal(t, "red", item(h.Supervise.Strip(), "disk").Level)
}

// TestTheStripTellsOfTheKey: what keeps it, and that without a network it is
// urgent in the last hour.
func TestTheStripTellsOfTheKey(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Received()
	h.Up = well(h)
	key := func() supervise.Item { return item(h.Supervise.Strip(), "key") }
	require.Contains(t, key().Text, "考前检查未通过")
	st, err := h.Exam.Sitting(apptest.Sitting)
	require.NoError(t, err)
	next := st.SittingAssigned
	next.Version, next.Start = next.Version+1, h.Time.Now().Add(8*time.Hour)
	next.ReleaseFrom = next.Start.Add(-6 * time.Hour)
	require.NoError(t, h.Order(wire.OrderSittingAssigned, next))
	require.Equal(t, "green", key().Level)
	require.Contains(t, key().Text, "11-23 11:00 起放行")
	h.Up.Connected = false
	require.Equal(t, "yellow", key().Level)
	h.Time.Advance(7*time.Hour + time.Minute)
	require.Equal(t, "red", key().Level)
	require.Contains(t, key().Stops, "11-23 17:00 开考")
}

func open(h *apptest.House) map[string]string {
	out := map[string]string{}
	h.View(func(r store.Reader) error {
		list, err := alarm.List(r, "")
		for _, a := range list {
			if a.Open() {
				out[a.Code] = a.Level
			}
		}
		return err
	})
	return out
}

// TestHealthIsToldOnceAndTakenBack: an alarm for what lasts comes once, also
// after somebody has acknowledged it, and goes when it is over.
func TestHealthIsToldOnceAndTakenBack(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	w := h.Supervise.Watch()
	rounds := func(n int) {
		for range n {
			w.Look(h.T.Context())
			h.Time.Advance(5 * time.Second)
		}
	}
	off := 40 * time.Second
	h.Up = well(h)
	rounds(3)
	require.Empty(t, open(h))
	h.Up.DiskFree, h.Up.Offset, h.Up.CertUntil = 500<<20, &off, h.Time.Now().Add(24*time.Hour)
	rounds(5)
	require.Equal(t, map[string]string{"venue.disk.low": "yellow", "venue.clock.off": "yellow", "venue.cert.expiring": "yellow"}, open(h))
	require.Len(t, h.Records(wire.KindAlarm), 3)

	var id string
	h.View(func(r store.Reader) error {
		list, err := alarm.List(r, "")
		id = list[slices.IndexFunc(list, func(a alarm.Alarm) bool { return a.Code == "venue.clock.off" })].ID
		return err
	})
	require.NoError(t, h.Supervise.Acknowledge(h.Ctx(), id, "已通知技术员"))
	rounds(40)
	require.NotContains(t, open(h), "venue.clock.off", "acknowledged, and not told again")
	h.Restart(time.Second)
	h.Up.CertUntil = h.Time.Now().Add(-time.Hour)
	w = h.Supervise.Watch()
	rounds(2)
	require.Len(t, h.Records(wire.KindAlarm), 4, "what has been told is told by no new run; what is worse is")
	require.Equal(t, "red", open(h)["venue.cert.expired"])

	h.Up = well(h)
	rounds(10)
	require.NotEmpty(t, open(h), "what wavers is not over")
	rounds(20)
	require.Empty(t, open(h))
	h.Up.Offset = &off
	rounds(2)
	require.Equal(t, map[string]string{"venue.clock.off": "yellow"}, open(h), "the next time is told again")
}

func TestAStoreThatStoppedIsToldOfWhenItServes(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	w := h.Supervise.Watch()
	h.Up = well(h)
	h.Up.Store = "写入失败"
	w.Look(h.T.Context())
	require.Empty(t, open(h))
	h.Time.Advance(10 * time.Second)
	h.Up = well(h)
	w.Look(h.T.Context())
	w.Look(h.T.Context())
	require.Equal(t, map[string]string{"venue.store.failed": "yellow"}, open(h))
	require.Len(t, h.Records(wire.KindAlarm), 1)
}

func TestTheStripTellsOfTerminalsCutOff(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 2)
	h.Opened()
	h.Up = well(h)
	p := []*apptest.Person{h.Sit(0), h.Sit(1)}
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	for _, x := range p {
		h.Pulse.Heard(x.Terminal.ID, supervise.Beat{Focus: true, Visible: true})
	}
	w := h.Supervise.Watch()
	lan := func() supervise.Item {
		w.Look(h.T.Context())
		return item(h.Supervise.Strip(), "lan")
	}
	require.Equal(t, "green", lan().Level)
	h.Time.Advance(20 * time.Second)
	h.Pulse.Heard(p[0].Terminal.ID, supervise.Beat{Focus: true, Visible: true})
	require.Contains(t, lan().Text, "作答中的 2 台有 1 台断线")
	h.Time.Advance(20 * time.Second)
	require.Equal(t, "red", lan().Level)
}
