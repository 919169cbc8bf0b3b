// What a person has looked at before they say who it is: the usual words, and
// which verdict they belong to.

/** agree are reasons to say that it is the candidate. */
export const agree: readonly string[] = ["身份证与本人一致", "两张照片为同一人"];

/** differ are reasons to say that it is not. */
export const differ: readonly string[] = ["身份证与本人不一致", "两张照片不是同一人", "没有有效身份证件"];

/** declines is the basis where the candidate does not want to be compared. */
export const declines = "考生不同意人脸核验，已人工核对证件";

/** pictured: a reason that rests on two pictures, of use only where there are two. */
export const pictured = (reason: string): boolean => reason.startsWith("两张照片");

/** contradiction is what to do about a basis that says the opposite of the
 *  verdict, as when a chip was pressed and then the other button; "" if it fits. */
export function contradiction(reason: string, pass: boolean, verdict: string): string {
  const other: readonly string[] = pass ? differ : [...agree, declines];
  const text = reason.trim();
  return other.includes(text) ? `依据“${text}”与“${verdict}”相反，请改写依据或改按另一个按钮` : "";
}
