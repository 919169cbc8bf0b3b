import { describe, expect, it } from "vitest";
import { across, line, percent, rateLine } from "./rates";

const frame = { left: 10, top: 0, width: 100, height: 50 };
const curve = [
  { threshold: 0.2, far: 1, frr: 0 },
  { threshold: 0.6, far: 0, frr: 0.5 },
];

describe("a calibration", () => {
  it("draws both errors in the frame", () => {
    expect(line(curve, frame, "far")).toBe("10.0,0.0 110.0,50.0");
    expect(line(curve, frame, "frr")).toBe("10.0,50.0 110.0,25.0");
    expect(across(curve, frame, 0.4)).toBeCloseTo(60);
    expect(across(curve, frame, 9)).toBe(110);
    expect(across([], frame, 0.4)).toBeLessThanOrEqual(110);
  });

  it("gives no number where none was measured", () => {
    expect(rateLine({ far: 0.001, known: false, threshold: 0, frr: 0 }, 40)).toBe("无法测定：异人比对只有 40 对，至少需要 1000 对");
    expect(rateLine({ far: 0.001, known: true, threshold: 0.4412, frr: 0.0125 }, 4000)).toBe("阈值 0.441，误拒率 1.25 %");
    expect(percent(0.0001)).toBe("0.01 %");
  });
});
