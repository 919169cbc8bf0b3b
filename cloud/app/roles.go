package app

import (
	"slices"
	"strings"

	"huyun.internal/cloud/identity"
	"huyun.internal/protocol/fault"
)

// Staff roles. Venue roles are shipped to their venue's edge, whose own table
// says what they may do there; at the console they only read.
const (
	examAdmin    = "exam_admin"
	examReviewer = "exam_reviewer"
	bankEditor   = "bank_editor"
	bankReviewer = "bank_reviewer"
	scoreAdmin   = "score_admin"
	classAdmin   = "class_admin"
	sysadmin     = "sysadmin"
	secadmin     = "secadmin"
	auditor      = "auditor"
	chief        = "chief"
	proctor      = "proctor"
	technician   = "technician"

	windowClerk     = "window_clerk"
	licenceReviewer = "licence_reviewer"
	licenceApprover = "licence_approver"
	creditAdmin     = "credit_admin"
)

// staffRoles is the table of roles; what each may do is in access.go.
func staffRoles() []identity.Role {
	roles := []identity.Role{
		{ID: examAdmin, Title: "考务管理员", Duty: "安排场次、导入考生、把报名人员编入场次、生成组卷规则、监看考试、结束后对账"},
		{ID: examReviewer, Title: "考务审核员", Duty: "审核分考场开考申请，发布成绩"},
		{ID: bankEditor, Title: "题库编辑", Duty: "导入和维护试题"},
		{ID: bankReviewer, Title: "题库审核员", Duty: "审核试题，启用或停用"},
		{ID: scoreAdmin, Title: "成绩管理员", Duty: "复算成绩，提出成绩发布"},
		{ID: classAdmin, Title: "教务员", Duty: "按计划开班、编入学员、登记结业"},
		{ID: windowClerk, Title: "窗口受理员", Duty: "收件、受理、一次性告知补正、登记考试费缴款、制证、送达，维护从业人员档案；不能审批"},
		{ID: licenceReviewer, Title: "许可审查员", Duty: "审查已受理的办件，提出审查意见，导入已有档案，确认他人提出的档案合并"},
		{ID: licenceApprover, Title: "许可审批人", Duty: "作出准予或不予许可的决定，批准延期，维护工作日历"},
		{ID: creditAdmin, Title: "信用管理员", Duty: "处理失信名单异议，提出或复核影响规则，经办或复核吊销锁的解除"},
		{ID: sysadmin, Title: "系统管理员", Duty: "开设账号、登记设备，处理外部调用中的问题；不能授权", Admin: true},
		{ID: secadmin, Title: "安全管理员", Duty: "授予角色和数据范围、批准设备；不能开设账号", Admin: true},
		{ID: auditor, Title: "审计员", Duty: "查阅和核验审计记录；不能修改任何数据", Admin: true},
		{ID: chief, Title: "主考", Duty: "提出开考申请，考场内全部操作", Venue: true},
		{ID: proctor, Title: "监考员", Duty: "入场核验、监考、处置异常", Venue: true},
		{ID: technician, Title: "技术员", Duty: "考场设备检查和维护", Venue: true},
	}
	for i := range roles {
		for _, row := range accessTable() {
			if slices.Contains(row.Roles, roles[i].ID) {
				roles[i].Perms = append(roles[i].Perms, row.Perm)
			}
		}
	}
	return roles
}

// Process roles: one binary, any of these per copy.
const (
	roleConsole = "console"
	roleGateway = "gateway"
	roleLink    = "link"
	roleWorker  = "worker"
	rolePartner = "partner"
	roleOnline  = "online"
)

var allRoles = []string{roleConsole, roleGateway, roleLink, roleWorker, rolePartner, roleOnline} //nolint:gochecknoglobals // a constant list

// processRole is one row of the process table: what it needs, and what it runs.
type processRole struct {
	name string
	// missing names the part without which the role refuses to start, or "".
	missing func(c Config) string
	start   func(s *System, r *running) error
}

func processRoles() []processRole {
	return []processRole{
		{roleConsole, func(c Config) string {
			if c.Console.Addr == "" {
				return "管理端地址 console.addr"
			}
			return ""
		}, startConsole},
		{roleGateway, func(c Config) string {
			if c.Gateway.Addr == "" {
				return "设备接入地址 gateway.addr"
			}
			return ""
		}, startGateway},
		{roleLink, func(c Config) string {
			if c.Broker.URL == "" && c.Broker.TCP == "" && c.Broker.TLS == "" && c.Broker.QUIC == "" {
				return "消息服务 broker.url，或内置消息服务的 broker.tcp、broker.tls、broker.quic 之一"
			}
			return ""
		}, startLink},
		{roleWorker, func(Config) string { return "" }, startWorker},
		{rolePartner, func(c Config) string {
			if c.Partner.Addr == "" {
				return "外部系统接入地址 partner.addr"
			}
			return ""
		}, startPartner},
		{roleOnline, func(c Config) string {
			if c.Online.Addr == "" {
				return "网上申请地址 online.addr"
			}
			return ""
		}, startOnline},
	}
}

// chooseRoles reads --role. Faults: app.role.unknown, app.role.missing.
func chooseRoles(c Config, names []string) ([]processRole, error) {
	if len(names) == 0 {
		names = allRoles
	}
	for _, n := range names {
		if !slices.Contains(allRoles, n) {
			return nil, fault.Newf(fault.Invalid, "app.role.unknown", "没有这个角色：%s；可选 %s", n, strings.Join(allRoles, "、"))
		}
	}
	var out []processRole
	for _, r := range processRoles() {
		if !slices.Contains(names, r.name) {
			continue
		}
		if part := r.missing(c); part != "" {
			return nil, fault.Newf(fault.Precondition, "app.role.missing", "角色 %s 不能启动：缺少%s", r.name, part)
		}
		out = append(out, r)
	}
	return out, nil
}
