// What audited actions are called. A new action shows its code until it is
// named here.
const actions: Record<string, string> = {
  "audit.entry.verify": "核验审计记录",
  "exam.bank.import": "导入试题",
  "exam.bank.review": "审核试题批次",
  "exam.bank.show": "查看试题",
  "exam.bank.retire": "停用试题",
  "exam.paper.save": "保存组卷规则",
  "exam.paper.preview": "预览试卷",
  "exam.paper.retire": "停用或恢复规则",
  "exam.venue.save": "保存分考场",
  "exam.venue.switch": "切换分考场状态",
  "exam.sitting.save": "安排场次",
  "exam.sitting.import": "导入考生名单",
  "exam.sitting.photos": "补传考生照片",
  "exam.sitting.remove": "移除考生",
  "exam.sitting.reveal": "查看完整证件号",
  "exam.sitting.assign": "排座并下达",
  "exam.sitting.review": "审核开考申请",
  "exam.sitting.approve": "通过开考申请",
  "exam.sitting.return": "退回开考申请",
  "exam.sitting.dispatch": "下发考题包",
  "exam.sitting.release": "放行开考密钥",
  "exam.sitting.suspend": "暂停场次",
  "exam.sitting.resume": "恢复场次",
  "exam.sitting.cancel": "取消场次",
  "exam.sitting.message": "通知考场",
  "exam.score.run": "复算成绩",
  "exam.score.confirm": "确认成绩",
  "exam.score.publish": "发布成绩",
  "exam.score.export": "导出成绩",
  "node.packet.bring": "导入考场密封包",
  "identity.admin.create": "创建管理员（命令行）",
  "identity.admin.reset": "重置口令（命令行）",
  "identity.session.open": "登录",
  "identity.session.close": "退出登录",
  "identity.session.end": "结束自己的会话",
  "identity.session.kick": "强制下线",
  "identity.session.refused": "登录被拒绝",
  "identity.password.change": "修改口令",
  "identity.password.refused": "修改口令被拒绝",
  "identity.staff.create": "新建账号",
  "identity.staff.rename": "修改姓名",
  "identity.staff.disable": "停用或恢复账号",
  "identity.staff.reset": "重置口令",
  "identity.grant.change": "授予角色和范围",
  "node.enrolment.create": "申请设备注册码",
  "node.enrolment.approve": "批准设备注册码",
  "node.enrol": "设备注册",
  "node.renew": "设备续期证书",
  "node.quarantine": "自动隔离设备",
  "node.state.change": "改变设备状态",
  "node.dead.settle": "处置上报",
};

/** actionName is an action in words, or its code. */
export function actionName(code: string): string {
  return actions[code] ?? code;
}

// What the venues' audit calls what people did there, as the proctor's console
// does; some codes mean something else at the centre.
const venueActs: Record<string, string> = {
  "staff.login": "登录",
  "staff.login.refused": "登录被拒绝",
  "staff.logout": "退出登录",
  "exam.opening.request": "申请开考",
  "exam.preflight.run": "考前检查",
  "exam.pack.import": "导入考题包",
  "exam.key.release": "收到放行密钥",
  "exam.sitting.start": "开始考试",
  "exam.attempt.consent": "考生确认考场规则",
  "exam.attempt.pause": "暂停",
  "exam.attempt.resume": "恢复",
  "exam.attempt.extend": "补时",
  "exam.attempt.handin": "强制交卷",
  "seating.checkin.decide": "入场人工决定",
  "seating.candidate.reveal": "查看完整身份证号",
  "seating.seat.assign": "调整座位",
  "seating.move": "换机续考",
  "seating.verification.decide": "核验人工判定",
  "seating.terminal.code": "生成配对码",
  "seating.terminal.pair": "考试机配对",
  "seating.terminal.unpair": "解除配对",
  "supervise.alarm.acknowledge": "确认告警",
  "supervise.irregularity.note": "登记违纪",
  "supervise.message.read": "阅读中心消息",
  "supervise.close": "结束场次",
  "supervise.export": "导出密封包",
};

/** venueActName is an act at a venue in words, or its code. */
export function venueActName(code: string): string {
  return venueActs[code] ?? code;
}
