// How each state of a seat looks: an icon, a tone and what it means, so that
// nothing depends on colour.
import { CircleCheckFilled, Clock, EditPen, QuestionFilled, Remove, Right, SwitchButton, User, UserFilled, VideoPause, WarningFilled } from "@element-plus/icons-vue";
import type { Component } from "vue";

export type Tone = "off" | "info" | "busy" | "good" | "warn" | "bad";

export interface Look {
  icon: Component;
  tone: Tone;
  hint: string;
}

const looks: Record<string, Look> = {
  未登录: { icon: QuestionFilled, tone: "off", hint: "座位上还没有人登录；考生名单尚未收到，不知道谁排在这里" },
  空位: { icon: Remove, tone: "off", hint: "没有考生排在这个座位" },
  未到: { icon: User, tone: "off", hint: "排在这个座位的考生还没有通过入场核验" },
  已入场未登录: { icon: Right, tone: "info", hint: "考生已入场，还没有在这个座位登录" },
  已登录: { icon: UserFilled, tone: "info", hint: "已登录，尚未确认身份或考场规则" },
  等待: { icon: Clock, tone: "info", hint: "已就绪，等待开始" },
  作答中: { icon: EditPen, tone: "busy", hint: "正在作答" },
  断线: { icon: SwitchButton, tone: "warn", hint: "考试机超过 15 秒没有回应；作答保存在考试机，请到座位查看" },
  已暂停: { icon: VideoPause, tone: "warn", hint: "已暂停计时" },
  已交卷: { icon: CircleCheckFilled, tone: "good", hint: "已交卷" },
  异常: { icon: WarningFilled, tone: "bad", hint: "有红色告警或核验未通过，需要人工处理" },
};

const unknown: Look = { icon: User, tone: "off", hint: "" };

export function lookOf(state: string): Look {
  return looks[state] ?? unknown;
}
