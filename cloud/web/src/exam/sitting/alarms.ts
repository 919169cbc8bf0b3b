// How alarms that nobody has dealt with are headed: by the worst among them, in
// the words of the venue.
interface Alarm {
  level: string;
}

export function worst(alarms: Alarm[]): "red" | "yellow" {
  return alarms.some((a) => a.level === "red") ? "red" : "yellow";
}

/** unseen is ✖ 1 条红色、2 条黄色告警. */
export function unseen(alarms: Alarm[]): string {
  const red = alarms.filter((a) => a.level === "red").length;
  const parts = [[red, "红色"], [alarms.length - red, "黄色"]].filter(([n]) => n !== 0).map(([n, word]) => `${n} 条${word}`);
  return `${red > 0 ? "✖" : "▲"} ${parts.join("、")}告警`;
}
