package supervise

import (
	"fmt"
	"time"
)

// Link is what the uplink says of itself, and what the disk and certificate
// allow.
type Link struct {
	Connected bool
	Transport string            // tcp | tls | quic
	Since     time.Duration     // since the last acknowledgement of the centre; negative = never in this run
	Unacked   map[string]uint64 // lane → records the centre has not confirmed
	Oldest    time.Duration     // age of the oldest of them
	DiskFree  int64             // bytes
	Reserve   int64             // bytes below which pictures and packages are refused
	CertUntil time.Time         // zero = unknown
	Offset    *time.Duration    // our clock against the centre's; nil = not measured
	Refused   string            // fault code with which the centre refuses this device
	Halted    string            // why a lane stands still until a person decides
	Store     string            // empty, or what is wrong with the store
}

// Strip is the truth about sync that every page of the proctor shows.
type Strip struct {
	Connected bool              `json:"connected"`
	Transport string            `json:"transport"`
	LastAckMS int64             `json:"last_ack_ms"` // since then; -1 = never
	Unacked   map[string]uint64 `json:"unacked"`
	Total     uint64            `json:"total"`
	OldestMS  int64             `json:"oldest_ms"`
	Level     string            `json:"level"` // green | yellow | red
	Text      string            `json:"text"`
	Works     []Work            `json:"works"`
	OffsetMS  *int64            `json:"offset_ms"`
}

// Work is one function of the venue: does it work now, and until when.
type Work struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Text string `json:"text"`
}

// Strip reads the link's account and says what it means for the exam.
func (s *Service) Strip() Strip { return s.Link().strip(s.Clock.Now(), s.hasOpened()) }

// hasOpened reports whether some sitting's questions can be read here.
func (s *Service) hasOpened() bool {
	list, err := s.Exam.Sittings()
	if err != nil {
		return false
	}
	for _, st := range list {
		if st.Readable() {
			return true
		}
	}
	return false
}

// lowDisk is the free space under which the strip begins to warn.
const lowDisk = 1 << 30

func (l Link) strip(now time.Time, opened bool) Strip {
	out := Strip{
		Connected: l.Connected, Transport: l.Transport, Unacked: l.Unacked, LastAckMS: -1,
		OldestMS: l.Oldest.Milliseconds(), Level: "green",
	}
	if out.Unacked == nil {
		out.Unacked = map[string]uint64{}
	}
	for _, n := range l.Unacked {
		out.Total += n
	}
	if l.Since >= 0 {
		out.LastAckMS = l.Since.Milliseconds()
	}
	if l.Offset != nil {
		ms := l.Offset.Milliseconds()
		out.OffsetMS = &ms
	}
	switch {
	case l.Store != "":
		out.Level, out.Text = "red", "本机存储异常："+l.Store
	case l.Refused != "":
		out.Level, out.Text = "red", "中心拒绝本设备（"+l.Refused+"）：考试可继续，记录保存在本机；请立即联系中心"
	case l.Halted != "":
		out.Level, out.Text = "red", "同步已停止："+l.Halted
	case !l.Connected && out.Total > 0:
		out.Level, out.Text = "yellow", fmt.Sprintf("与中心断开，%d 条记录待上传，最早的已等待 %s；作答不受影响", out.Total, words(l.Oldest))
	case !l.Connected:
		out.Level, out.Text = "yellow", "与中心断开，没有待上传的记录；作答不受影响"
	case l.Oldest > 2*time.Minute:
		out.Level, out.Text = "yellow", fmt.Sprintf("已连接，正在补传 %d 条记录", out.Total)
	case out.Total > 0:
		out.Text = fmt.Sprintf("已连接，%d 条记录正在上传", out.Total)
	default:
		out.Text = "已连接，全部记录中心已确认"
	}
	out.Works = l.works(now, opened)
	return out
}

// works lists what will stop working, and when.
func (l Link) works(now time.Time, opened bool) []Work {
	answer := Work{Name: "作答、计时、交卷", OK: l.Store == "", Text: "不依赖网络，可一直进行"}
	if l.Store != "" {
		answer.Text = "存储异常，新的作答暂不能保存：" + l.Store
	} else if left := l.DiskFree; left > 0 && left < lowDisk {
		answer.Text = fmt.Sprintf("磁盘剩余 %d MB，请尽快清理", left>>20)
	}
	release := Work{Name: "接收考题与放行", OK: l.Connected, Text: "正常"}
	switch {
	case !l.Connected && opened:
		release.Text = "已放行的场次不受影响；其他场次须等网络恢复"
	case !l.Connected:
		release.Text = "网络恢复前不能接收考题包和放行密钥"
	}
	pictures := Work{Name: "核验照片留存", OK: l.DiskFree == 0 || l.DiskFree > l.Reserve, Text: "正常"}
	if !pictures.OK {
		pictures.Text = "磁盘空间不足，已停止保存照片，为作答预留空间"
	}
	cert := Work{Name: "设备证书", OK: true, Text: "有效"}
	if !l.CertUntil.IsZero() {
		left := l.CertUntil.Sub(now)
		cert.OK = left > 0
		cert.Text = fmt.Sprintf("还有 %d 天到期，联网后自动更新", int(left.Hours()/24))
		if !cert.OK {
			cert.Text = "已过期：考试可继续，记录保存在本机；更新证书后才能上传"
		}
	}
	live := Work{Name: "中心实时查看", OK: l.Connected, Text: "正常"}
	if !l.Connected {
		live.Text = "中心看到的是断开前的状态，恢复后自动补齐"
	}
	return []Work{answer, release, pictures, live, cert}
}

// words says a duration the way people do.
func words(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d 秒", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d 分钟", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d 小时 %d 分", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d 天", int(d.Hours()/24))
}
