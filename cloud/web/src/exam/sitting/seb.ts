// What a sitting asks of its terminals about Safe Exam Browser.
export const sebModes: Record<"" | "SHOW" | "REQUIRE", string> = {
  "": "不使用 SEB",
  SHOW: "使用 SEB：未使用的考试机提示监考员",
  REQUIRE: "必须使用 SEB：未使用的不能登录，监考员可说明原因准许",
};
