/**
 * What the venues' audit calls what people did there: the console and the
 * proctors' page show the same words.
 */
export const venueActs: Record<string, string> = {
  'staff.login': '登录',
  'staff.login.refused': '登录被拒绝',
  'staff.logout': '退出登录',
  'exam.opening.request': '申请开考',
  'exam.preflight.run': '考前检查',
  'exam.pack.import': '导入考题包',
  'exam.key.release': '收到放行密钥',
  'exam.key.unlock': '以解锁码开卷',
  'exam.key.unlock.refused': '解锁码不正确',
  'exam.sitting.start': '开始考试',
  'exam.attempt.consent': '考生确认考场规则',
  'exam.attempt.decline': '考生是否使用摄像头',
  'exam.attempt.pause': '暂停',
  'exam.attempt.resume': '恢复',
  'exam.attempt.extend': '补时',
  'exam.attempt.handin': '强制交卷',
  'seating.checkin.decide': '入场人工决定',
  'seating.candidate.reveal': '查看完整身份证号',
  'seating.seat.assign': '调整座位',
  'seating.move': '换机续考',
  'seating.verification.decide': '核验人工判定',
  'seating.terminal.code': '生成配对码',
  'seating.terminal.pair': '考试机配对',
  'seating.terminal.unpair': '解除配对',
  'supervise.alarm.acknowledge': '确认告警',
  'supervise.irregularity.note': '登记违纪',
  'supervise.message.read': '阅读中心消息',
  'face.calibrate': '人脸核验校准',
  'supervise.picture.wanted': '中心调取现场照片',
  'supervise.evidence.expire': '照片到期删除',
  'supervise.close': '结束场次',
  'exam.practical.score': '签名提交应会评分表',
  'supervise.server.start': '考场服务器启动',
  'supervise.export': '导出密封包',
  'supervise.return': '导入中心回执包',
  'seating.seb.allow': '准许座位不用 SEB',
  'exam.rehearsal.begin': '开始断网演练',
  'exam.rehearsal.cut': '演练断开或恢复线路',
  'exam.rehearsal.end': '结束断网演练',
}

/** An act at a venue in words, or its code. */
export function venueActName(code: string): string {
  return venueActs[code] ?? code
}
