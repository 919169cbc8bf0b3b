// Doing something: ask for confirmation or a reason, say how it went.
import { ElMessage, ElMessageBox } from "element-plus";
import { asProblem, wording } from "./problem";

/** attempt runs an act; a refusal is shown and gives undefined. */
export async function attempt<T>(act: () => Promise<T>, done?: string): Promise<T | undefined> {
  try {
    const result = await act();
    if (done) ElMessage.success(done);
    return result;
  } catch (e) {
    ElMessage({ type: "error", message: wording(asProblem(e)), duration: 8000, showClose: true });
    return undefined;
  }
}

/** done is attempt for acts without a result: true when it went well. */
export async function done(act: () => Promise<unknown>, text: string): Promise<boolean> {
  return (await attempt(async () => (await act(), true), text)) ?? false;
}

/** confirm names the object and the consequence before something that cannot be undone. */
export async function confirm(title: string, consequence: string): Promise<boolean> {
  try {
    await ElMessageBox.confirm(consequence, title, { type: "warning", confirmButtonText: "确定", cancelButtonText: "取消" });
    return true;
  } catch {
    return false;
  }
}

/** reason asks for the words that an act needs; null when the user gave up. */
export async function reason(title: string, text: string, label = "原因"): Promise<string | null> {
  try {
    const answer = await ElMessageBox.prompt(text, title, {
      inputType: "textarea",
      inputPlaceholder: `请填写${label}`,
      inputValidator: (v) => (v ?? "").trim().length >= 2 || `请填写${label}（至少 2 个字）`,
      confirmButtonText: "确定",
      cancelButtonText: "取消",
    });
    return answer.value.trim();
  } catch {
    return null;
  }
}
