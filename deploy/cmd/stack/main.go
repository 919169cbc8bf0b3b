// Command stack brings up the whole system from real binaries. `stack run` is
// what `make run` calls; `stack serve` is for programs that drive the system.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sort"
	"syscall"
	"time"

	"huyun.internal/deploy/stack"
	"huyun.internal/protocol/environ"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	for _, name := range environ.Stray(os.Environ()) {
		fmt.Fprintln(os.Stderr, environ.Warning(name))
	}
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "run":
		err = run(ctx)
	case len(os.Args) > 2 && os.Args[1] == "serve":
		err = serve(ctx, os.Args[2:], os.Stdin, os.Stdout)
	default:
		fmt.Fprintln(os.Stderr, "用法：stack run | stack serve -dir 目录")
		os.Exit(2)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "\n启动未完成：", err)
		os.Exit(1)
	}
}

// ports are the demonstration's, when the environment names no others.
func ports() (stack.Ports, error) {
	base, named := os.LookupEnv("HUYUN_PORT_BASE")
	if !named || base == "" {
		return stack.Ports{Console: 8080, Gateway: 8443, MQTT: 18831, MQTTS: 18832, QUIC: 18833, Edge: 8300, Partner: 8444, Simulators: 8301, Online: 8302}, nil
	}
	return stack.PortsFrom(base)
}

func run(ctx context.Context) error {
	dir := os.Getenv("HUYUN_RUN_DIR")
	if dir == "" {
		dir = ".run"
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	at, err := ports()
	if err != nil {
		return err
	}
	s, err := stack.New(stack.Options{
		Dir: dir, Bin: filepath.Dir(self), Models: models(self), Ports: at, Out: os.Stdout, Once: true,
	})
	if err != nil {
		return err
	}
	begin := time.Now()
	logins, err := bringUp(ctx, s)
	if err == nil {
		tell(ctx, s, logins, time.Since(begin))
		err = watch(ctx, s)
	}
	fmt.Println("\n正在停止 …")
	stopped := s.Stop()
	if stopped == nil {
		fmt.Println("已停止")
	}
	return errors.Join(err, stopped)
}

// models are the face models of the checkout whose bin folder holds us.
func models(self string) string { return stack.Models(filepath.Dir(filepath.Dir(self))) }

func bringUp(ctx context.Context, s *stack.Stack) (map[string]stack.Login, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	s.Say("正在启动中心 …")
	err := s.Cloud.Start(ctx)
	if err != nil {
		return nil, err
	}
	s.Say("正在启动模拟的外部系统 …")
	err = s.Simulators.Start(ctx)
	if err != nil {
		return nil, err
	}
	logins, err := s.Demonstration(ctx)
	if err != nil {
		return nil, err
	}
	if s.Once {
		err = errors.Join(past(ctx, s, logins), offerPhotos(ctx, s))
		if err != nil {
			return nil, err
		}
	}
	err = s.Finished()
	if err != nil {
		return nil, err
	}
	s.Say("正在启动考场 …")
	return logins, s.Edge.Start(ctx)
}

const (
	// away is how long a killed part stays away, so that a visitor sees how the
	// others go on without it.
	away = 10 * time.Second
	// A part that ends so often within so long does not run here at all.
	mostEnds   = 3
	withinThis = 2 * time.Minute
)

// watch waits for Ctrl-C and starts again what a visitor has killed.
func watch(ctx context.Context, s *stack.Stack) error {
	ends := map[*stack.Proc][]time.Time{}
	for {
		p, name := s.Cloud, "中心"
		select {
		case <-ctx.Done():
			return nil
		case <-s.Cloud.Done():
		case <-s.Edge.Done():
			p, name = s.Edge, "考场"
		case <-s.Simulators.Done():
			p, name = s.Simulators, "模拟外部系统"
		}
		if ctx.Err() != nil {
			return nil // both at once: everything is being stopped
		}
		ends[p] = append(ends[p], time.Now())
		if n := len(ends[p]); n >= mostEnds && time.Since(ends[p][n-mostEnds]) < withinThis {
			return fmt.Errorf("%s程序反复退出，日志：%s\n%s", name, p.LogPath(), p.Tail(2<<10))
		}
		fmt.Printf("\n%s程序已退出（例如被 kill -9），%d 秒后自动重新启动；其余部分照常运行 …\n", name, int(away.Seconds()))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(away):
		}
		if err := p.Start(ctx); err != nil {
			return err
		}
		fmt.Printf("%s程序已重新启动\n", name)
	}
}

func tell(ctx context.Context, s *stack.Stack, logins map[string]stack.Login, took time.Duration) {
	fmt.Printf("\n已就绪（%.1f 秒）。所有数据均为演示数据。\n\n", took.Seconds())
	fmt.Printf("  考试中心管理端   %s\n  监考台           %s/proctor/\n  考试机           %s/terminal/\n", s.ConsoleURL(), s.EdgeURL(), s.EdgeURL())
	fmt.Printf("  一网通办（模拟）  %s/onestop/（选一个演示身份，从那里进入网上申请 %s）\n", s.SimulatorsURL(), s.OnlineURL())
	fmt.Printf("  外部系统（模拟）  %s\n\n", s.SimulatorsURL())
	list := make([]stack.Login, 0, len(logins))
	for _, l := range logins {
		list = append(list, l)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Username < list[j].Username })
	fmt.Println("  账号（口令为本机首次启动时随机生成，存于 " + filepath.Join(s.Dir, "logins.json") + "）")
	for _, l := range list {
		where := "管理端"
		if l.Venue {
			where = "监考台"
		}
		fmt.Printf("    %-16s %-18s %s  %s\n", l.Username, l.Password, where, l.Name)
	}
	open, err := s.Onward(ctx, logins)
	if err != nil {
		open = s.Demo // whoever changed the password knows how far they are
	}
	fmt.Print(story(s, open))
}

// online is how to try an application from the platform to the decision.
func online(s *stack.Stack) string {
	return fmt.Sprintf(`
  网上办理怎样试
    1. 打开 %s/onestop/ 选身份：“没有办件”的人从头申请一件；“有办件”的人各有一件停在不同环节（草稿、退回、补正、受理、加强审核、送达 …）
    2. 在“办事”里选事项“前往办理”，填好、上传材料（随便一张照片）后提交；同一身份的“我的办件”能看到进度和文书
    3. 管理端“办件”：qian.chuangkou 收件、受理、制证送达；wu.shencha 领取审查；zheng.shenpi 审批。加强审核的一件须由 feng.shencha 作第二次审查
    4. 锁停：选“受理后从业资格被吊销”的人（管理端该办件不能准予，本人再申请也不能提交）或“在严重失信名单上”的人；原因在“吊销锁”“失信名单”
    5. 考试报名：选“考试报名”的五个人，从待准予、待缴费、已缴费到可打开准考证；管理端由 qian.chuangkou 登记缴款，zhang.kaowu 在“考试报名”编入场次
    6. 版本比较：管理端“事项目录”里打开 EX01 或 RT02，选两个版本比较
`, s.SimulatorsURL())
}

// story is what to try with a sitting of the demonstration; nil: all are over.
func story(s *stack.Stack, e *stack.Exam) string {
	const end = "\n  Ctrl-C 停止全部进程。要从头再来：停止后删除 %s\n"
	if e == nil {
		return fmt.Sprintf("\n  演示场次都已结束。管理端可看成绩、考生全程记录和统计，也可以由 zhang.kaowu 安排新的场次。\n"+online(s)+end, s.Dir)
	}
	people, first, before := "", "001", ""
	if e != s.Demo {
		before = fmt.Sprintf("\n  “%s”已结束，还可以试另一场。", s.Demo.Title)
	}
	for i, p := range e.People[:min(3, len(e.People))] {
		if i == 0 && e.Seats[p.Admission] != "" {
			first = e.Seats[p.Admission]
		}
		people += fmt.Sprintf("       准考证号 %s   身份证号 %s   座位 %s\n", p.Admission, p.IDNumber, e.Seats[p.Admission])
	}
	return before + fmt.Sprintf(`
  可以这样试
    1. 监考台（chen.kaochang）：打开“%s”，提交开考申请
    2. 管理端（li.shenhe）：在“开考审核”通过；打开该场次的“下发与回执”看考题包下发
    3. 监考台：“考试机”生成配对码；打开考试机页面，输入配对码和座位号 %s
    4. 监考台：运行考前检查（没配齐的考试机、没有的摄像头可豁免并写明原因），通过后考题自动放行；
       入场核验请选“改用人工核验证件”（演示考生的照片不是您的脸）
    5. 考试机：用准考证号与身份证号登录，核对、阅读规则；监考台点“开始考试”
%s    6. 考试中另开终端结束中心或考场进程（kill -9 $(cut -d" " -f1 %s/cloud.pid) 或 …/edge.pid，10 秒后自动重新启动；
       或用 kill -STOP、-CONT 暂停与恢复）：考生继续作答，恢复后看同步状态条
    7. 交卷、结束场次；管理端（li.shenhe）逐条复核违纪，zhang.kaowu 复算并确认成绩，li.shenhe 发布；
       “考生”或“成绩”里的“全程记录”是一个人从报名到成绩的全部记录，可打印
    8. 考前也可以演练：监考台“演练”（先配对两台考试机）；技术员（sun.jishu）在“人脸校准”测定核验阈值，
       照片用 %s（演示数据：2 人、每人 %d 张，只看流程）
%s`, e.Title, first, people, s.Dir, photosOf(s), photographs, online(s)) + fmt.Sprintf(end, s.Dir)
}
