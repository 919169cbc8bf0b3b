package app

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	proctorpages "huyun.internal/edge/web/proctor"
	terminalpages "huyun.internal/edge/web/terminal"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// Finding is one thing the doctor looked at.
type Finding struct {
	Name string
	OK   bool
	Warn bool   // OK, but a person should see to it
	Text string // what was found, and when it is not OK what to do
}

// Doctor looks at everything a technician can do something about, in the order
// in which it matters, and changes nothing. It works beside a running edge: the
// store is asked through the program that holds it.
func Doctor(ctx context.Context, c Config) []Finding {
	out := []Finding{selfTest(), dataDir(c), disk(c), kernel()}
	e, err := loadEnrolment(c)
	if err != nil {
		out = append(out, Finding{Name: "注册", Text: fault.From(err).Text})
	} else {
		out = append(out, enrolled(c, e), certificate(e, time.Now()))
	}
	up := running(ctx, c)
	out = append(out, up)
	if !up.OK {
		out = append(out, storeState(c, e.Node), port(c))
	}
	return append(out, browsers(c, time.Now()), centre(ctx, c, e), visionBinary(c), pages())
}

// Report writes the findings and reports whether all is well.
func Report(w io.Writer, list []Finding) bool {
	ok, warned := true, false
	for _, f := range list {
		mark := "正常"
		switch {
		case !f.OK:
			mark, ok = "异常", false
		case f.Warn:
			mark, warned = "注意", true
		}
		fmt.Fprintf(w, "[%s] %s：%s\n", mark, f.Name, f.Text)
	}
	switch {
	case !ok:
		fmt.Fprintln(w, "请按上面“异常”各行的说明处理；处理后再次运行 edge doctor。")
	case warned:
		fmt.Fprintln(w, "检查完成，可以运行；上面“注意”各行请在考试前处理。")
	default:
		fmt.Fprintln(w, "检查完成，未发现问题。")
	}
	return ok
}

func selfTest() Finding {
	if err := sm.SelfTest(); err != nil {
		return Finding{Name: "国密算法自检", Text: "未通过：请更换程序文件，不要在本机开考（" + err.Error() + "）"}
	}
	return Finding{Name: "国密算法自检", OK: true, Text: "两套实现结果一致"}
}

func dataDir(c Config) Finding {
	f := Finding{Name: "数据目录"}
	info, err := os.Stat(c.Data)
	switch {
	case err != nil:
		f.Text = c.Data + " 不存在：请先注册（edge enrol）或检查配置项 data"
		return f
	case info.Mode().Perm()&0o077 != 0:
		f.Text = c.Data + " 其他用户可读：请执行 chmod 700 " + c.Data
		return f
	}
	probe, err := os.CreateTemp(c.Data, ".doctor-*")
	if err != nil {
		f.Text = c.Data + " 不能写入：检查磁盘是否只读、目录是否属于运行本程序的用户（" + err.Error() + "）"
		return f
	}
	_ = probe.Close()
	_ = os.Remove(probe.Name())
	f.OK, f.Text = true, c.Data
	return f
}

func disk(c Config) Finding {
	f := Finding{Name: "磁盘空间"}
	var s syscall.Statfs_t
	if err := syscall.Statfs(c.Data, &s); err != nil {
		f.Text = "无法读取：" + err.Error()
		return f
	}
	free := int64(s.Bavail) * s.Bsize
	f.OK = free >= supervise.LowDisk && s.Ffree > 1000
	f.Text = fmt.Sprintf("剩余 %.1f GB，可用文件数 %d", float64(free)/(1<<30), s.Ffree)
	if !f.OK {
		f.Text += "：请清理磁盘，至少留出 1 GB；不要删除 " + c.Data + " 下的文件"
	}
	return f
}

// kernel warns of ext4's fast_commit, which loses synced data on some kernels
// (bbolt's README).
func kernel() Finding {
	raw, err := os.ReadFile("/proc/mounts")
	if err == nil && strings.Contains(string(raw), "fast_commit") {
		return Finding{Name: "文件系统", Text: "ext4 启用了 fast_commit：部分内核断电会丢数据，请关闭该特性"}
	}
	return Finding{Name: "文件系统", OK: true, Text: "未发现已知问题"}
}

func enrolled(c Config, e Enrolment) Finding {
	f := Finding{Name: "注册"}
	pass, err := c.passphrase()
	if err == nil {
		var key *sm.SoftKey
		if key, err = sm.LoadKey(c.keyFile(), pass); err == nil {
			err = e.verify(key.Public(), e.EnrolledAt)
		}
	}
	if err != nil {
		f.Text = "密钥文件与注册信息不一致或打不开：检查口令配置；不要重新注册（" + err.Error() + "）"
		return f
	}
	f.OK, f.Text = true, fmt.Sprintf("%s，设备编号 %s", e.VenueName, e.Node)
	if c.Key == (Key{}) {
		f.Text += "；密钥口令与密钥在同一目录，建议用 key.passphrase_file 放到其他介质"
	}
	return f
}

func certificate(e Enrolment, now time.Time) Finding {
	f := Finding{Name: "设备证书"}
	left := e.NotAfter.Sub(now)
	f.OK = left > 0
	f.Text = fmt.Sprintf("有效期至 %s", e.NotAfter.Local().Format("2006-01-02"))
	switch {
	case left <= 0:
		f.Text += "，已过期：考试可继续，但不能上传；请检查本机时间并联网，程序会自动更新"
	case left < 30*24*time.Hour:
		f.Text += fmt.Sprintf("，还有 %d 天；联网后自动更新", int(left.Hours()/24))
	}
	return f
}

func storeState(c Config, id string) Finding {
	f := Finding{Name: "本机存储"}
	st, err := store.Open(c.storeDir(), store.Options{Node: id})
	if err != nil {
		f.Text = fault.From(err).Text
		return f
	}
	defer func() { _ = st.Close() }() // only read from
	h := st.Health()
	f.OK = h.Corrupt == 0
	f.Text = fmt.Sprintf("可以打开，考试日志到第 %d 条", h.Heads["exam"].Seq)
	if !f.OK {
		f.Text = "发现损坏的数据：请运行 edge fsck"
	}
	return f
}

func port(c Config) Finding {
	l, err := net.Listen("tcp", c.HTTP.Addr)
	if err != nil {
		return Finding{Name: "监听端口", Text: c.HTTP.Addr + " 不能使用：被其他程序占用，或地址不属于本机"}
	}
	_ = l.Close()
	return Finding{Name: "监听端口", OK: true, Text: c.HTTP.Addr + " 空闲"}
}

// centre tries the way to the cloud. A venue works without it, so this is the
// last word about the network, not about the exam.
func centre(ctx context.Context, c Config, e Enrolment) Finding {
	f := Finding{Name: "到中心的网络"}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	client, err := cloudClient(c, e)
	if err != nil {
		f.Text = fault.From(err).Text
		return f
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Cloud.URL+"/livez", nil)
	if err != nil {
		f.Text = "中心地址不正确：" + c.Cloud.URL
		return f
	}
	resp, err := client.Do(req)
	if err != nil {
		f.Text = "连接不上 " + c.Cloud.URL + "：检查网线、交换机、地址与防火墙；已开考的场次不受影响（" + err.Error() + "）"
		return f
	}
	defer resp.Body.Close()
	at, err := http.ParseTime(resp.Header.Get("Date"))
	f.OK, f.Text = true, "正常"
	if err == nil {
		if off := time.Since(at); off.Abs() > supervise.MaxOffset {
			f.OK, f.Text = false, fmt.Sprintf("连接正常，但本机时间与中心相差 %s：请校准", off.Round(time.Second))
		}
	}
	return f
}

func visionBinary(c Config) Finding {
	f := Finding{Name: "人脸核验", OK: true}
	switch {
	case c.Vision.Off:
		f.Text = "配置为关闭，由监考员人工核验"
	case c.Vision.Models == "":
		f.Text = "未配置模型目录，使用演示级引擎"
	default:
		if _, err := os.Stat(c.Vision.Models); err != nil {
			f.OK, f.Text = false, "模型目录不存在："+c.Vision.Models+"；将退回人工核验"
			return f
		}
		f.Text = "模型目录 " + c.Vision.Models
	}
	return f
}

func pages() Finding {
	for name, built := range map[string]bool{"监考台": builtPages(proctorpages.Pages()), "考试机": builtPages(terminalpages.Pages())} {
		if !built {
			return Finding{Name: "页面", Text: name + "页面没有打包进程序：请使用正式发布的程序文件"}
		}
	}
	return Finding{Name: "页面", OK: true, Text: "已打包"}
}

// builtPages tells built pages from the stub.
func builtPages(f fs.FS) bool {
	_, err := fs.Stat(f, "assets")
	return err == nil
}
