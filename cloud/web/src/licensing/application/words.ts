// The words of a case.
import type { States } from "../../../kit/StateTag.vue";

export const caseStates: States = {
  DRAFT: { text: "暂存", tone: "off" },
  SUBMITTED: { text: "待收件", tone: "warn" },
  RETURNED: { text: "退回修改", tone: "warn" },
  RECEIVED: { text: "收件审核", tone: "warn" },
  CORRECTING: { text: "补正中", tone: "busy" },
  NOT_ACCEPTED: { text: "不予受理", tone: "bad" },
  ACCEPTED: { text: "已受理", tone: "busy" },
  REVIEWING: { text: "审查", tone: "busy" },
  APPROVING: { text: "审批", tone: "busy" },
  SUSPENDED: { text: "挂起", tone: "warn" },
  GRANTED: { text: "准予许可", tone: "good" },
  DENIED: { text: "不予许可", tone: "bad" },
  CERTIFYING: { text: "制证", tone: "busy" },
  DELIVERING: { text: "送达", tone: "busy" },
  COMPLETED: { text: "办结", tone: "good" },
  WITHDRAWN: { text: "撤回", tone: "off" },
  TERMINATED: { text: "终止", tone: "off" },
};

export const lights: States = {
  GREEN: { text: "正常", tone: "good" },
  YELLOW: { text: "临期", tone: "warn" },
  RED: { text: "超期", tone: "bad" },
  NONE: { text: "不计时", tone: "off" },
};

export const checkResults: States = {
  PASS: { text: "通过", tone: "good" },
  CONFIRMED: { text: "人工确认", tone: "good" },
  NOT_YET: { text: "待系统核查", tone: "off" },
  UNKNOWN: { text: "待人工核实", tone: "warn" },
  FAIL: { text: "不符合", tone: "bad" },
  ASKING: { text: "正在核查", tone: "busy" },
};

export const clockNames: Record<string, string> = {
  C1: "受理或告知补正（5 个工作日）",
  C2: "申请人补正",
  C3: "法定决定期限",
  C4: "颁发送达（10 个工作日）",
  C5: "承诺期限",
  C6: "听证（5 个工作日内要求，20 个工作日内举行）",
  C7: "证件届满前决定（逾期视为准予延续）",
};

export const materialForms: Record<string, string> = { scan: "扫描件", original: "原件已核对", pledge: "承诺领证时交回", ecert: "电子证照", generated: "系统生成", data: "数据核验，免交" };

export const queues = [
  { key: "accept", title: "受理", states: ["SUBMITTED", "RECEIVED", "CORRECTING"] },
  { key: "review", title: "审查", states: ["ACCEPTED", "REVIEWING", "SUSPENDED"] },
  { key: "approve", title: "审批", states: ["APPROVING"] },
  { key: "refuse", title: "拟不予许可", states: [] },
  { key: "extend", title: "待批延期", states: [] },
  { key: "certify", title: "制证送达", states: ["GRANTED", "CERTIFYING", "DELIVERING", "DENIED"] },
  { key: "all", title: "全部办件", states: [] },
] as const;

export interface Act {
  event: string;
  text: string;
  done: string; // what is said when it has happened
  consequence: string;
  wants?: "reason" | "ground" | "opinion" | "proposal" | "defects" | "handover" | "procedure" | "reviewer" | "remark" | "sitting" | "conclusion"; // what the act needs in words
  strict?: string; // what follows besides, under strict review
  danger?: boolean;
}

/** acts are what people do to a case, in the order of the buttons. */
export const acts: Act[] = [
  { event: "submit", text: "提交", done: "申请已提交", consequence: "材料齐全时收件，并开始计算五个工作日的受理期限。" },
  { event: "receive", text: "收件", done: "已收件，由您审核", consequence: "由您收件审核。" },
  { event: "accept", text: "受理", done: "申请已受理", consequence: "材料齐全、符合法定形式，受理后开始计算办理期限，材料不能再改。" },
  { event: "require_correction", text: "告知补正", done: "已告知申请人补正", consequence: "补正内容依法只能一次性告知，请列出全部问题。", wants: "defects" },
  { event: "supplement", text: "补正完成", done: "补正材料已收齐，可以重新审核", consequence: "补正材料已收齐，重新审核是否受理。" },
  { event: "return", text: "退回修改", done: "已退回申请人修改", consequence: "退回申请人修改后可以再次提交。", wants: "reason" },
  { event: "refuse", text: "不予受理", done: "已作出不予受理决定", consequence: "作出不予受理决定，本办件结束；材料不齐的应当告知补正。", wants: "ground", danger: true },
  { event: "assign", text: "分派审查", done: "已分派审查员", consequence: "由所选审查员办理；已分派的改为由他办理。", wants: "reviewer" },
  { event: "pass_review", text: "审查通过", done: "审查意见已提交：通过", consequence: "提交审批人决定。", wants: "opinion" },
  { event: "propose_refusal", text: "拟不予许可", done: "审查意见已提交：建议不予许可", consequence: "认为不符合许可条件，提交审批人决定是否不予许可。", strict: "加强审核须两人都提出意见后才提交；只要有一人拟不予许可，就按拟不予许可提交。", wants: "proposal", danger: true },
  { event: "suspend", text: "挂起", done: "办理已挂起，停止计时", consequence: "依法需要听证、检验、鉴定等特别程序，期间不计入办理期限，须书面告知申请人。", wants: "procedure" },
  { event: "resume", text: "恢复办理", done: "已恢复办理，继续计时", consequence: "恢复计算办理期限。" },
  { event: "fix_hearing", text: "确定听证时间", done: "听证时间已确定，已出具书面通知", consequence: "确定举行听证的时间、地点，并出具特别程序告知书通知申请人。", wants: "sitting" },
  { event: "ask_hearing", text: "登记要求听证", done: "已登记，待审查员确定听证时间", consequence: "申请人到窗口要求听证的，核对身份后登记；自登记之日起二十个工作日内举行听证。", wants: "remark" },
  { event: "drop_hearing", text: "登记放弃听证", done: "已登记，可以恢复办理", consequence: "申请人书面放弃听证，或者书面撤回听证申请的，收存书面材料后登记；登记后可以恢复办理。", wants: "reason" },
  { event: "grant", text: "准予许可", done: "已作出准予许可决定", consequence: "作出准予决定，证件信息随即生效。" },
  { event: "deny", text: "不予许可", done: "已作出不予许可决定", consequence: "作出不予许可决定；请写明理由和条款，申请人可以申请复议或提起诉讼。", wants: "ground", danger: true },
  { event: "back_to_review", text: "退回审查", done: "已退回审查人重新审查", consequence: "退回审查人，原审查意见失效，办理期限不停止。", wants: "reason" },
  { event: "extend", text: "延长期限", done: "办理期限已延长十个工作日", consequence: "经批准延长十个工作日，只能延长一次，须告知申请人理由。", wants: "reason" },
  { event: "keep_period", text: "不延长", done: "已决定不延长，仍按原期限办理", consequence: "不采用系统起草的延期，仍按原期限办理。", wants: "reason" },
  { event: "make_certificate", text: "开始制证", done: "已开始制证", consequence: "电子证照与实体证件同步制作。" },
  { event: "certificate_done", text: "制证完成", done: "证件已制作完成，等待送达", consequence: "证件制作完成，等待送达。" },
  { event: "deliver", text: "送达", done: "已登记送达，办件办结", consequence: "记录送达的方式和签收情况，写入送达回证，本办件办结。", wants: "handover" },
  { event: "terminate", text: "终止办理", done: "已终止办理，办件结束", consequence: "准予之后证件已注销、吊销、转出或作废，不再制作和发放：出具终止办理告知书，本办件结束，不能恢复。吊销可能解除的，请先不要终止。", wants: "reason", danger: true },
  { event: "withdraw", text: "申请人撤回", done: "已登记撤回，办件结束", consequence: "决定作出前申请人可以撤回，本办件结束。", wants: "reason", danger: true },
];

/** otherActs are what acts are called where what comes of a case is no licence, by that. */
export const otherActs: Record<string, Record<string, Partial<Act>>> = {
  ADMISSION: {
    accept: { consequence: "材料齐全、符合法定形式，受理后由考试中心在 30 日内安排考试，材料不能再改。" },
    propose_refusal: { text: "拟不予报名", done: "审查意见已提交：建议不予报名", consequence: "认为不符合报考条件，提交审批人决定是否不予报名。" },
    grant: { text: "准予报名", done: "已准予报名", consequence: "准予报名，随即生成应缴考试费；登记缴款后由考试中心编入场次，准考证在编入场次并排座后打印。" },
    deny: { text: "不予报名", done: "已作出不予报名决定", consequence: "不予报名，没有缴费；请写明理由，申请人会看到。" },
    certificate_done: { text: "发放准考证", done: "准考证已发放", consequence: "须已登记缴款并编入考试场次；准考证号、场次和时间记入办理过程和个人档案。" },
    deliver: { text: "送达准考证", done: "准考证已送达，办件办结" },
  },
};

/** statesOf are the states as a case's own matter calls them. */
export function statesOf(names: Record<string, string>): States {
  return Object.fromEntries(Object.entries(caseStates).map(([code, s]) => [code, { ...s, text: names[code] ?? s.text }]));
}

/** verifiers says which two verified the substance, as far as both have said so: the last
 *  who gave their opinions, for one may have reviewed before anything was verified. */
export function verifiers(of: { opinions: { by: string }[]; cosigner: string }): string {
  const by = of.opinions.slice(of.cosigner ? -2 : -1).map((o) => o.by);
  if (by.length === 0) return "待两名核实人提出意见";
  return by.length === 1 ? `核实人：${by[0]}；待第二名核实人提出意见` : `核实人：${by.join("、")}`;
}
