// What a browser calls itself, in words.

const browsers: [RegExp, string][] = [
  [/\bEdg\/(\d+)/, "Edge"],
  [/\bFirefox\/(\d+)/, "火狐"],
  [/\b(?:Headless)?Chrom(?:e|ium)\/(\d+)/, "Chrome"],
  [/\bVersion\/(\d+).*Safari\//, "Safari"],
];
const systems: [RegExp, string][] = [
  [/Windows NT/, "Windows"],
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
];

/** agentName is the browser and the system; what is neither is shown as it came. */
export function agentName(agent: string): string {
  const b = browsers.map(([is, name]) => [is.exec(agent)?.[1], name] as const).find(([version]) => version);
  const s = systems.find(([is]) => is.test(agent))?.[1];
  const parts = [b && `${b[1]} ${b[0]}`, s].filter(Boolean);
  return parts.length ? parts.join(" · ") : agent || "—";
}
