// Doing something: ask for confirmation or a reason, say how it went.
import { ElMessage, ElMessageBox } from "element-plus";
import { Problem } from "./problem";

/** attempt runs an act; a refusal is shown and gives undefined. */
export async function attempt<T>(act: () => Promise<T>, done?: string): Promise<T | undefined> {
  try {
    const result = await act();
    if (done) ElMessage.success(done);
    return result;
  } catch (e) {
    const p = e instanceof Problem ? e : new Problem(0, "page.error", "页面出错，请刷新后重试", "");
    const where = p.fields.map((f) => f.message).filter(Boolean).join("；");
    ElMessage({ type: "error", message: where ? `${p.title}（${where}）` : p.title, duration: 8000, showClose: true });
    return undefined;
  }
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
export async function reason(title: string, text: string): Promise<string | null> {
  try {
    const answer = await ElMessageBox.prompt(text, title, {
      inputType: "textarea",
      inputValidator: (v) => (v ?? "").trim().length >= 2 || "请填写原因（至少 2 个字）",
      confirmButtonText: "确定",
      cancelButtonText: "取消",
    });
    return answer.value.trim();
  } catch {
    return null;
  }
}
