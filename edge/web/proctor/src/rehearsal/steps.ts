// What a person has to do for each step of a rehearsal; whether it is passed the
// server says, by what it measured.
import type { Drill, Rehearsal, Seat } from "../api";

export const howTo: Record<string, string> = {
  login: "在考试机上用下表的准考证号登录，核对信息、阅读规则后作答几题。",
  cut: "拔掉考场服务器到中心的网线（不要拔考试机的网线），或点击“断开线路”。断网期间每台考试机继续作答，满 1 分钟后再答至少一题，然后恢复。",
  restart: "重启考场服务器：拔电源再开机，或由技术员重启服务。考试机不要动，等它们自动恢复。监考台也会断开片刻。",
  swap: "选择一名正在作答的考生换到备用机，在新考试机上用同一准考证号登录，再答一题。旧考试机应显示已换座。",
  close: "点击“全部交卷并出报告”：服务器交卷、核对数量和摘要，并把报告发给中心。",
};

/** A zero time is one that has not come. */
export function isOver(r: Rehearsal): boolean {
  return !r.ended.startsWith("0001-");
}

export const outcomes: Record<string, string> = { passed: "通过", failed: "未通过", aborted: "中止", running: "进行中" };

/** How a rehearsal went, by which the list is filtered. */
export function outcome(r: Rehearsal): string {
  return !isOver(r) ? "running" : r.passed ? "passed" : r.aborted ? "aborted" : "failed";
}

/** Who can be moved: somebody who writes at a machine now. */
export function movable(d: Drill): Seat[] {
  return d.seats.filter((s) => s.attempt && (s.state === "作答中" || s.state === "断线"));
}

/** Where to: a machine that is paired and where nobody writes. */
export function freeMachines(d: Drill): Seat[] {
  return d.seats.filter((s) => s.paired && (!s.attempt || s.state === "已交卷"));
}

/** The first step that is not passed is the one to do now. */
export function current(r: Rehearsal): string {
  return r.steps.find((s) => !s.passed)?.code ?? "";
}
