package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/protocol/wire"
)

// enoughPairs of the candidates' seats must have a terminal; the rest are spares.
const enoughPairs = 0.95

// probes are the venue's own lines of a self-check or preflight.
func (v *Venue) probes() []exam.Probe {
	return []exam.Probe{v.clockCheck, v.diskCheck, v.storeCheck, v.visionCheck, v.terminalCheck, v.cameraCheck}
}

func (v *Venue) clockCheck(context.Context, exam.Sitting) wire.Check {
	c := wire.Check{Code: "clock", Name: "时钟"}
	off := v.Link().Offset
	switch {
	case off == nil:
		c.Detail = "尚未与中心对时：请检查网络；考试时长不受系统时钟影响"
	case off.Abs() > supervise.MaxOffset:
		c.Detail = fmt.Sprintf("与中心相差 %d 秒：请校准本机时间后重试", int64(off.Round(time.Second).Seconds()))
	default:
		c.OK, c.Detail = true, fmt.Sprintf("与中心相差 %d 毫秒", off.Round(time.Millisecond).Milliseconds())
	}
	return c
}

func (v *Venue) diskCheck(context.Context, exam.Sitting) wire.Check {
	c := wire.Check{Code: "disk", Name: "磁盘空间"}
	free := v.Store.Health().DiskFree
	c.OK = free >= supervise.LowDisk
	c.Detail = fmt.Sprintf("剩余 %.1f GB", float64(free)/(1<<30))
	if !c.OK {
		c.Detail += "，至少需要 1 GB：请清理磁盘后重试"
	}
	return c
}

func (v *Venue) storeCheck(context.Context, exam.Sitting) wire.Check {
	c := wire.Check{Code: "store", Name: "本机存储"}
	h := v.Store.Health()
	switch {
	case h.State != "serving":
		c.Detail = "存储未在工作：请运行 edge doctor 查看原因"
	case h.Corrupt > 0:
		c.Detail = "发现损坏的数据：请运行 edge fsck"
	default:
		c.OK, c.Detail = true, fmt.Sprintf("正常，最近一次落盘用时 %.1f 毫秒", h.LastCommit.Seconds()*1000)
	}
	return c
}

func (v *Venue) visionCheck(ctx context.Context, _ exam.Sitting) wire.Check {
	c := wire.Check{Code: "vision", Name: "人脸核验服务"}
	e := v.engine(ctx)
	c.OK = e.Up
	switch {
	case !e.Up:
		c.Detail = e.Notice + "；可豁免并改为人工核验"
	case e.Demo:
		c.Detail = "引擎 " + e.Engine + "（演示级，不用于正式核验）"
	default:
		c.Detail = "引擎 " + e.Engine
	}
	return c
}

// terminalCheck counts paired terminals at the sitting's seats.
func (v *Venue) terminalCheck(_ context.Context, st exam.Sitting) wire.Check {
	c := wire.Check{Code: "terminal", Name: "考试机"}
	machines, err := v.machines(st)
	if err != nil {
		c.Detail = "读取失败，请重试"
		return c
	}
	paired, need := len(machines), st.Candidates
	if need == 0 || need > len(st.Seats) {
		need = len(st.Seats)
	}
	c.OK = need > 0 && float64(paired) >= enoughPairs*float64(need)
	c.Detail = fmt.Sprintf("已配对 %d 台，需要 %d 台", paired, need)
	if !c.OK {
		c.Detail += "：请到“考试机”页面配对其余座位"
	}
	return c
}

// cameraCheck has every terminal open its camera now, and names the seats at
// which nothing was seen.
func (v *Venue) cameraCheck(ctx context.Context, st exam.Sitting) wire.Check {
	c := wire.Check{Code: "camera", Name: "摄像头"}
	machines, err := v.machines(st)
	if err != nil {
		c.Detail = "读取失败，请重试"
		return c
	}
	seen := v.Pulse.Sights(ctx, slices.Collect(maps.Values(machines)))
	var bad []string
	for _, seat := range slices.Sorted(maps.Keys(machines)) {
		s, looked := seen[machines[seat]]
		_, _, up := v.Pulse.Look(machines[seat])
		switch {
		case !up:
			bad = append(bad, seat+" 未开机或未打开考试页面")
		case !looked:
			bad = append(bad, seat+" 未响应")
		case !s.OK:
			bad = append(bad, seat+" "+s.Words())
		}
	}
	c.OK = len(machines) > 0 && len(bad) == 0
	c.Detail = fmt.Sprintf("逐台打开，%d 台考试机中 %d 台有画面", len(machines), len(machines)-len(bad))
	if !c.OK {
		c.Detail += "：" + some(bad) + "；请检查摄像头与浏览器授权，或豁免并改为人工巡查"
	}
	return c
}

// namedSeats is how many seats a line names before it only counts.
const namedSeats = 20

func some(list []string) string {
	if len(list) == 0 {
		return "没有考试机"
	}
	if len(list) > namedSeats {
		return strings.Join(list[:namedSeats], "、") + fmt.Sprintf(" 等 %d 台", len(list))
	}
	return strings.Join(list, "、")
}

// machines are the terminals at a sitting's seats, by seat.
func (v *Venue) machines(st exam.Sitting) (map[string]string, error) {
	out := map[string]string{}
	err := v.Store.View(func(r store.Reader) error {
		all, err := seating.Terminals(r)
		for seat, t := range all {
			if st.Has(seat) {
				out[seat] = t.ID
			}
		}
		return err
	})
	return out, err
}
