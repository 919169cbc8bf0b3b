// Which seats the map shows, and what may be done at each.
import { minute } from "@kit/format";
import type { Seat } from "../api";

export interface Filter {
  states: readonly string[]; // none: all
  q: string; // seat or name
}

/** ASKING is the one word for whoever waits for a person, at the door or at a machine. */
export const ASKING = "待人工核验";

/** asks says whether a person has to look who somebody is. */
export function asks(s: Seat): boolean {
  return s.identity === "asking" || s.standing === "pending";
}

/** identityOf is what is known of who sits at a seat. */
export function identityOf(s: Seat): string {
  switch (s.identity) {
    case "asking":
      return `▲ ${ASKING}：请核对证件与本人`;
    case "verified":
      return "✔ 已核验";
    case "door":
      return "✔ 入场时已人工核验（本座位不能拍照核验）";
    case "papers":
      return "✔ 入场时已核对证件（考生不同意人脸核验）";
    case "other":
      return "✖ 监考员判定不是本人";
    default:
      return "○ 尚未完成";
  }
}

/** filterSeats keeps the seats that are asked for, in the order of the room. */
export function filterSeats(seats: readonly Seat[], filter: Filter): Seat[] {
  const q = filter.q.trim().toLowerCase();
  return seats.filter(
    (s) =>
      (filter.states.length === 0 || filter.states.includes(s.state) || (filter.states.includes(ASKING) && asks(s))) &&
      (q === "" || s.seat.toLowerCase().includes(q) || (s.name ?? "").toLowerCase().includes(q)),
  );
}

/** shownStates are the filters worth a button: 未登录 is only there while no
 *  roster says who is booked. */
export function shownStates(states: readonly string[], counts: Record<string, number>): string[] {
  return states.filter((s) => s !== "未登录" || (counts[s] ?? 0) > 0);
}

/** freeSeats are those a candidate can be moved to: nobody there or on the way,
 *  or somebody who has handed in. Those with a terminal that answers come
 *  first, and of them those that no absent candidate is booked at. */
export function freeSeats(seats: readonly Seat[], from: string): Seat[] {
  const rank = (s: Seat): number => (s.connected ? 0 : s.paired ? 2 : 4) + (s.state === "未到" ? 1 : 0);
  return seats
    .filter((s) => s.seat !== from && s.state !== "已入场未登录" && (!s.attempt || s.state === "已交卷"))
    .sort((a, b) => rank(a) - rank(b) || a.seat.localeCompare(b.seat, "zh-CN", { numeric: true }));
}

/** What may be done with the attempt at a seat. */
export function abilities(s: Seat): { pause: boolean; resume: boolean; extend: boolean; move: boolean; handin: boolean } {
  const taken = Boolean(s.attempt) && s.state !== "已交卷";
  const waiting = s.state === "等待" || s.state === "已登录";
  return {
    pause: taken && !waiting && s.state !== "已暂停",
    resume: taken && !waiting,
    extend: taken,
    move: taken,
    handin: taken && !waiting,
  };
}

export interface Mark {
  text: string;
  title: string;
}

/** marksOf are the short words below a seat's state, for what needs a look. */
export function marksOf(s: Seat): Mark[] {
  const taken = Boolean(s.attempt);
  const early = s.state === "已登录" || s.state === "等待";
  const all: [boolean, string, string][] = [
    [s.standing === "pending", `▲ 入口${ASKING}`, "考生在入口，等监考员在“入场核验”决定"],
    [s.standing === "refused", "✖ 未准入场", "入口核验时决定不准入场"],
    [taken && s.state === "已入场未登录", "换机后待登录", "已换到本座位，等考生在此登录"],
    [s.identity === "asking", `▲ ${ASKING}`, "考试机提示考生举手：请到座位核对证件与本人，点开座位判定"],
    [s.identity === "other", "✖ 判定不是本人", "监考员判定不是本人，请按违纪处理"],
    [taken && early && s.identity === "unchecked", "未核验", "开考前人脸核验尚未完成"],
    [s.alarm === "red", "✖ 红色告警", "请立即到座位处理，详见右侧告警"],
    [Boolean(s.alarm) && s.alarm !== "red", "▲ 黄色告警", "请到座位查看，详见右侧告警"],
    [s.pending > 0, `本机待保存 ${s.pending} 题`, "只在考试机上、尚未存到考场服务器的作答"],
    [s.refused > 0, `旧座位写入被拒 ${s.refused} 次`, "换机后旧考试机迟到的写入，已拒绝"],
    [s.seb === "none", s.seb_allowed ? "无 SEB（已准许）" : "▲ 无 SEB", "考试机没有使用 SEB 安全浏览器"],
    [s.seb === "other", "▲ SEB 配置不符", "考试机使用了 SEB，但不是本场次的配置"],
    [taken && s.connected && !s.camera && s.filmed, "无摄像头", "考试机没有可用的摄像头"],
  ];
  return all.filter(([on]) => on).map(([, text, title]) => ({ text, title }));
}

/** startWords are what a proctor reads before the start; who sits there and will
 *  not begin with the others is named. */
export function startWords(seats: readonly Seat[], door: Record<string, number>): string {
  const n = (state: string): number => seats.filter((s) => s.state === state).length;
  const held = seats.filter((s) => s.attempt && s.state === "异常");
  const unsure = seats.filter((s) => s.attempt && s.identity === "asking" && !held.includes(s));
  return (
    `已就绪 ${n("等待")} 人，登录未确认 ${n("已登录")} 人；已入场 ${door.admitted ?? 0} 人，未到 ${door.expected ?? 0} 人。` +
    (held.length > 0
      ? `▲ 异常 ${held.length} 人，核验未通过者判定为本人之前不会开始：${held.map((s) => `${s.seat} ${s.name ?? ""}`.trim()).join("、")}。请先到“监考”处理。`
      : "") +
    (unsure.length > 0 ? `▲ ${unsure.length} 人${ASKING}：${unsure.map((s) => `${s.seat} ${s.name ?? ""}`.trim()).join("、")}，请先到座位核对，点开座位判定。` : "") +
    "就绪的考生立即开始计时，其余考生确认规则后各自开始。"
  );
}

/** early warns of an act before the hour that the candidates were told. */
export function early(start: string, now = new Date()): string {
  return now < new Date(start) ? `▲ 计划 ${minute(start)} 开考，现在还没到时间，考生可能还在路上。` : "";
}

/** adviceOf is what to do about a seat at which nobody has logged in. */
export function adviceOf(s: Seat): string {
  if (s.attempt) return "";
  if (s.state === "未到") return "考生还没有入场，请在“入场核验”办理。";
  if (!s.paired) return "请到“考试机”页面为本座位配对考试机。";
  return s.state === "空位" ? "没有考生排在本座位，可作备用机。" : "考生登录后可在此处理。";
}
