package supervise

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/protocol/clock"
)

// What the items are judged by; the preflight uses the first two as well.
const (
	// MaxOffset is how far our clock may be from the centre's: times in records
	// must be believable.
	MaxOffset = 30 * time.Second
	// LowDisk is the free space, in bytes, under which a venue is warned: a day
	// of answers, pictures and journals with room to spare.
	LowDisk = 1 << 30

	// certSoon: a certificate lives ninety days and renews itself with thirty
	// left, so at fifteen something keeps it from that.
	certSoon = 15 * 24 * time.Hour
	// lateRecord is when records count as waiting: a batch leaves at once and is
	// committed in well under a second, so this is several round trips of a bad
	// line and no flicker of a good one.
	lateRecord = 5 * time.Second
	// quietLink is when a connection without a word from the centre is shown: an
	// idle link asks every 15 s and is answered within the time of a record.
	quietLink = 15*time.Second + lateRecord
	// longOut is the outage the store is built for (72 h at full load).
	longOut = 72 * time.Hour
	// keyHour is when a key that cannot come becomes urgent.
	keyHour = time.Hour
	// past is how long after its start a sitting without a key is still told of.
	past = 12 * time.Hour
	// diskSoon and diskNow are how near the reserve may be at the present pace.
	diskSoon = 12 * time.Hour
	diskNow  = 2 * time.Hour
)

// items are what the venue stands on, the most important first.
func (c scene) items() []Item {
	out := []Item{c.store(), c.disk(), facesItem(c.faces)}
	out = append(out, c.key(), c.wan(), c.lan(), c.records(), c.cert(), c.clock())
	return out
}

func (c scene) store() Item {
	i := Item{Code: "store", Name: "本机存储", Level: green, Text: "正常，作答保存到本机后才显示“已保存”"}
	switch {
	case c.Store != "":
		i.Level, i.Text = red, c.Store
		i.Stops = "现在：新的作答不能保存到考场，暂存在考试机上；登录、入场、交卷不能办理"
		i.Do = "不要关闭考试机；系统每秒自检一次，恢复后自动补交。持续出现请运行 edge doctor 并联系技术员"
	case c.Corrupt > 0:
		i.Level, i.alarm = red, "venue.store.damaged"
		i.Text = fmt.Sprintf("发现 %d 处损坏的数据，已停止使用这些数据", c.Corrupt)
		i.Stops = "涉及的记录不能读取，其余不受影响；考前检查不通过，中心不放行"
		i.Do = "请技术员运行 edge fsck，并联系中心"
	}
	return i
}

func (c scene) disk() Item {
	i := Item{Code: "disk", Name: "磁盘空间", Level: green, Text: "未知", alarm: "venue.disk.low"}
	if c.DiskFree <= 0 && !c.Full {
		return i
	}
	i.Text = "剩余 " + size(c.DiskFree)
	left, known := c.pace.until(c.DiskFree - c.Reserve)
	if known {
		i.Text += "，按目前速度约 " + words(left) + "后到保留线"
	}
	i.Stops = fmt.Sprintf("低于 %s 时停止保存照片和接收考题包；写满时新的作答不能保存", size(c.Reserve))
	if known {
		i.Stops = "约 " + c.at(c.now.Add(left)) + " " + i.Stops
	}
	i.Do = "请技术员清理磁盘（不要删除考场程序的数据目录）"
	switch {
	case c.Full:
		i.Level, i.Text, i.Stops = red, "磁盘已满", "现在：新的作答不能保存到考场，暂存在考试机上"
	case c.DiskFree < c.Reserve:
		i.Level, i.Stops = red, "现在：已停止保存照片和接收考题包，余下空间留给作答；写满时新的作答不能保存"
	case known && left < diskNow:
		i.Level = red
	case c.DiskFree < LowDisk || known && left < diskSoon:
		i.Level = yellow
	default:
		i.Stops, i.Do = "", ""
	}
	return i
}

func (c scene) records() Item {
	i := Item{Code: "records", Name: "待上传记录", Level: green, Text: "没有，中心已确认全部记录"}
	n := c.total()
	if n > 0 {
		i.Text = fmt.Sprintf("%d 条中心尚未确认，最早的已等待 %s", n, words(c.Oldest))
	}
	if n > 0 && (!c.Connected || c.Oldest > lateRecord) {
		i.Level = yellow
		i.Stops = "考试不受影响；确认之前中心不能复算和发布成绩，本机磁盘损坏时只能从考试机找回"
		i.Do = "连接恢复后自动上传；一分钟后仍未减少请电话告知中心"
	}
	if n > 0 && c.Oldest > longOut {
		i.Level, i.Do = red, "请导出密封包（见下方），用 U 盘送交中心"
	}
	if c.Halted != "" {
		i.Level, i.Text = red, "同步已停止："+c.Halted
		i.Stops, i.Do = "记录不再上传，直到中心处理；考试可继续，记录保存在本机", "请立即联系中心"
	}
	return i
}

func (c scene) wan() Item {
	i := Item{Code: "wan", Name: "考场 ↔ 中心", Level: green, Text: "已连接"}
	if c.Transport != "" {
		i.Text += "，经 " + strings.ToUpper(c.Transport)
	}
	switch {
	case c.Refused != "":
		i.Level, i.Text = red, "中心拒绝本设备（"+c.Refused+"）"
		i.Stops, i.Do = "现在：不能上传记录、接收考题和放行；考试可继续，记录保存在本机", "请立即联系中心"
	case c.Connected && c.Since > quietLink:
		i.Level, i.Text = yellow, "线路已连接，但中心已 "+words(c.Since)+"没有回应"
		i.Stops = "现在：记录、考题包和中心消息可能收不到；作答、计时、交卷不受影响"
		i.Do = "系统会自动重新连接；一分钟后仍如此请电话告知中心"
	case !c.Connected:
		i.Level, i.Text = yellow, "外网断开"
		if c.Down > 0 {
			i.Text += "，已 " + words(c.Down)
		}
		if c.Tried != "" {
			i.Text += "，" + strings.ToUpper(c.Tried) + " 等通道均未连通"
		}
		i.Stops = "现在：不能接收考题包、放行密钥和中心消息，中心看不到实时状态；已放行的场次、作答、计时、交卷不受影响"
		i.Do = "检查出口路由器、网线和运营商线路；可用手机热点临时联网，只需一两分钟"
	}
	return i
}

// lan is about the machines at which somebody writes.
func (c scene) lan() Item {
	i := Item{Code: "lan", Name: "考试机 ↔ 考场", Level: green, Text: "没有考生在作答"}
	if c.all > 0 {
		i.Text = fmt.Sprintf("作答中的 %d 台都已连接", c.all)
	}
	if c.cut == 0 {
		return i
	}
	i.Level, i.Text = yellow, fmt.Sprintf("作答中的 %d 台有 %d 台断线", c.all, c.cut)
	i.Stops = "断线的考试机上作答保存在该机，可继续答题；计时继续，到时由考场交卷，断线期间的作答来不及上传的不计"
	i.Do = "到座位检查网线；必要时换机或补时"
	if c.cut == c.all && c.all > 1 {
		i.Level, i.Do = red, "全部断线：检查考场交换机和考场服务器的网线；必要时暂停考试"
	}
	return i
}

// key tells of sittings whose questions cannot be opened yet.
func (c scene) key() Item {
	i := Item{Code: "key", Name: "放行考题", Level: green, Text: "没有等待放行的场次"}
	var found []Item
	for _, st := range c.sittings {
		if st.Readable() {
			i.Text = "已放行，断网也能开考"
		}
		if st.State == exam.Approved && st.Half == nil && c.now.Before(st.Start.Add(past)) {
			found = append(found, c.waiting(st))
		}
	}
	if len(found) == 0 {
		return i
	}
	rank := map[string]int{red: 0, yellow: 1, green: 2}
	slices.SortStableFunc(found, func(a, b Item) int { return cmp.Compare(rank[a.Level], rank[b.Level]) })
	i.Level, i.Text, i.Stops, i.Do = found[0].Level, found[0].Text, found[0].Stops, found[0].Do
	if len(found) > 1 {
		i.Text += fmt.Sprintf("；共 %d 场等待放行", len(found))
	}
	return i
}

// waiting says why one sitting has no key yet, and by when it must.
func (c scene) waiting(st exam.Sitting) Item {
	name := "“" + st.Title + "”"
	i := Item{Level: yellow, Stops: "放行前不能打开考题；计划 " + c.at(st.Start) + " 开考"}
	soon := c.now.Before(st.ReleaseFrom)
	switch {
	case !c.Connected:
		i.Text, i.Do = name+"尚未放行，且外网断开", "尽快恢复网络，可用手机热点临时联网一两分钟；并电话告知中心"
		if c.now.After(st.Start.Add(-keyHour)) {
			i.Level = red
		}
	case !st.Pack.Received:
		i.Text, i.Do = name+"的考题包尚未收完", "保持网络连接，或用 U 盘导入"
	case soon:
		i.Level, i.Text = green, name+"中心 "+c.at(st.ReleaseFrom)+" 起放行"
		i.Do = "届时保持考试机开机、网络连通"
	case st.Preflight.At.IsZero() || !st.Preflight.Green:
		i.Text, i.Do = name+"尚未放行：考前检查未通过", "运行考前检查并处理未通过的项目"
	case st.Stale(c.now):
		i.Text, i.Do = name+"尚未放行：考前检查已过期", "重新运行考前检查"
	default:
		i.Text, i.Do = name+"等待中心放行", "确认红色告警；仍未放行请联系中心"
	}
	return i
}

func (c scene) cert() Item {
	i := Item{Code: "cert", Name: "设备证书", Level: green, Text: "有效"}
	if c.CertUntil.IsZero() {
		return i
	}
	left := c.CertUntil.Sub(c.now)
	i.Text = fmt.Sprintf("还有 %d 天到期，联网后自动更新", int(left.Hours()/24))
	i.Stops = c.at(c.CertUntil) + " 起不能上传记录、接收考题和放行；考试本身不受影响"
	switch {
	case left <= 0:
		i.Level, i.alarm, i.Text = red, "venue.cert.expired", "已过期 "+words(-left)
		i.Stops = "现在：不能上传记录、接收考题和放行；考试可继续，记录保存在本机"
		i.Do = "核对本机时间并联网，程序每小时自动更新；仍未更新请联系中心"
	case left < certSoon:
		i.Level, i.alarm, i.Do = yellow, "venue.cert.expiring", "保持联网一小时以上；仍未更新请联系中心"
	}
	return i
}

func (c scene) clock() Item {
	i := Item{Code: "clock", Name: "时钟", Level: green}
	switch {
	case c.Offset == nil:
		i.Level, i.Text, i.Do = yellow, "尚未与中心对时", "联网后自动对时；考试时长不受系统时钟影响"
	case c.Offset.Abs() > MaxOffset:
		i.Level, i.alarm = yellow, "venue.clock.off"
		i.Text = "与中心相差 " + words(c.Offset.Abs())
		i.Stops = "考前检查不通过，中心不放行；记录上的时间不准。考试时长不受影响"
		i.Do = "请技术员校准本机时间"
	default:
		i.Text = fmt.Sprintf("与中心相差 %d 毫秒", c.Offset.Milliseconds())
	}
	return i
}

// at is a moment as the proctor's wall clock shows it.
func (c scene) at(t time.Time) string { return t.In(clock.Shanghai()).Format("01-02 15:04") }

func size(bytes int64) string {
	if bytes < 1<<30 {
		return fmt.Sprintf("%d MB", bytes>>20)
	}
	return fmt.Sprintf("%.1f GB", float64(bytes)/(1<<30))
}
