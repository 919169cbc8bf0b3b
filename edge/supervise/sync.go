package supervise

import (
	"fmt"
	"sync"
	"time"

	"huyun.internal/edge/exam"
)

// Link is what the uplink says of itself, and what the disk and certificate
// allow.
type Link struct {
	Connected bool
	Transport string            // tcp | tls | quic
	Down      time.Duration     // since the centre's last word, while cut off; 0 while connected or when it never was
	Tried     string            // the transport that failed last, when cut off
	Since     time.Duration     // since the centre's last word; negative = never in this run
	Unacked   map[string]uint64 // lane → records the centre has not confirmed
	Oldest    time.Duration     // age of the oldest of them
	DiskFree  int64             // bytes; 0 = unknown
	Reserve   int64             // bytes below which pictures and packages are refused
	Full      bool              // answers were refused for want of space
	CertUntil time.Time         // zero = unknown
	Offset    *time.Duration    // the centre's clock against ours; nil = not measured
	Refused   string            // fault code with which the centre refuses this device
	Halted    string            // why a lane stands still until a person decides
	Store     string            // empty, or what is wrong with the store
	Corrupt   uint64            // damaged values met and not served in this run
}

// Strip is the truth about sync that every page of the proctor shows.
type Strip struct {
	Connected bool              `json:"connected"`
	Transport string            `json:"transport"`
	LastAckMS int64             `json:"last_ack_ms"` // since then; -1 = never
	Unacked   map[string]uint64 `json:"unacked"`
	Total     uint64            `json:"total"`
	OldestMS  int64             `json:"oldest_ms"`
	Level     string            `json:"level"` // green | yellow | red: that of the worst item
	Text      string            `json:"text"`
	Items     []Item            `json:"items"`
	OffsetMS  *int64            `json:"offset_ms"`
}

// Item is one thing the venue stands on: how it is, what stops working because
// of it and when, and what to do.
type Item struct {
	Code  string `json:"code" doc:"store、disk、records、wan、lan、key、cert、clock"`
	Name  string `json:"name"`
	Level string `json:"level" doc:"green、yellow、red"`
	Text  string `json:"text" doc:"现状"`
	Stops string `json:"stops" doc:"什么会停、何时停；空：没有"`
	Do    string `json:"do" doc:"怎么办；空：不用做什么"`

	alarm string // code of the alarm this level raises; empty: none
}

// Levels of an item, and of the strip.
const (
	green  = "green"
	yellow = "yellow"
	red    = "red"
)

// sense is what the rounds of Watcher have measured between two readings of the
// strip, in memory only.
type sense struct {
	mu   sync.Mutex
	pace pace
	cut  int // terminals of writing candidates that are cut off
	all  int // of so many
}

// note takes what one round measured.
func (s *sense) note(now time.Duration, free int64, cut, all int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pace.note(now, free)
	s.cut, s.all = cut, all
}

func (s *sense) read() (p pace, cut, all int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pace, s.cut, s.all
}

// scene is everything the items are judged by.
type scene struct {
	Link
	now      time.Time
	sittings []exam.Sitting
	faces    int // pictures kept
	pace     pace
	cut, all int
}

// Strip reads the link's account and says what it means for the exam.
func (s *Service) Strip() Strip { return s.scene().strip() }

func (s *Service) scene() scene {
	c := scene{Link: s.Link(), now: s.Clock.Now()}
	c.pace, c.cut, c.all = s.sense.read()
	c.sittings, _ = s.Exam.Sittings() // a store that cannot be read says so in its own item
	c.faces = s.Evidence.Kept() + portraits(c.sittings)
	return c
}

func (c scene) total() (n uint64) {
	for _, v := range c.Unacked {
		n += v
	}
	return n
}

func (c scene) strip() Strip {
	out := Strip{
		Connected: c.Connected, Transport: c.Transport, Unacked: c.Unacked, LastAckMS: -1, Total: c.total(),
		OldestMS: c.Oldest.Milliseconds(), Level: green, Items: c.items(),
	}
	if out.Unacked == nil {
		out.Unacked = map[string]uint64{}
	}
	if c.Since >= 0 {
		out.LastAckMS = c.Since.Milliseconds()
	}
	if c.Offset != nil {
		ms := c.Offset.Milliseconds()
		out.OffsetMS = &ms
	}
	out.Level, out.Text = sum(out.Items)
	if out.Level == green {
		out.Text = "已连接，全部记录中心已确认"
		if out.Total > 0 {
			out.Text = fmt.Sprintf("已连接，%d 条记录正在上传", out.Total)
		}
	}
	return out
}

// sum is the strip's one line: the worst item, and how many more there are.
func sum(items []Item) (level, text string) {
	level = green
	var worst Item
	more := -1
	for _, i := range items {
		if i.Level == green {
			continue
		}
		more++
		if level == green || level == yellow && i.Level == red {
			level, worst = i.Level, i
		}
	}
	text = worst.Name + "：" + worst.Text
	if more > 0 {
		text += fmt.Sprintf("；另有 %d 项需要注意", more)
	}
	return level, text
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
