// The machine's camera. Without one, or without leave to use it, it says why in
// words that lead to the manual way; it never makes a picture up.

export class CameraError extends Error {
  constructor(readonly text: string) {
    super(text);
    this.name = "CameraError";
  }
}

const WIDTH = 640;
const HEIGHT = 480;
const QUALITY = 0.88;

export async function hasCamera(): Promise<boolean> {
  try {
    const list = await navigator.mediaDevices.enumerateDevices();
    return list.some((d) => d.kind === "videoinput");
  } catch {
    return false;
  }
}

export async function openCamera(): Promise<MediaStream> {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) throw new CameraError("本页面未通过安全连接打开，浏览器不允许使用摄像头。");
  try {
    return await devices.getUserMedia({ audio: false, video: { width: WIDTH, height: HEIGHT, facingMode: "user" } });
  } catch (e) {
    throw new CameraError(words(e));
  }
}

function words(e: unknown): string {
  switch (e instanceof DOMException ? e.name : "") {
    case "NotFoundError":
    case "OverconstrainedError":
      return "本机没有可用的摄像头。";
    case "NotAllowedError":
    case "SecurityError":
      return "本机未允许使用摄像头。";
    case "NotReadableError":
    case "AbortError":
      return "摄像头被其他程序占用或发生故障。";
  }
  return "摄像头无法打开。";
}

export function closeCamera(stream: MediaStream | null): void {
  stream?.getTracks().forEach((t) => t.stop());
}

/** One JPEG of what the camera sees now. */
export async function snap(video: HTMLVideoElement): Promise<Blob> {
  if (video.videoWidth === 0) throw new CameraError("摄像头尚无画面，请稍候再试。");
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  const picture = await new Promise<Blob | null>((r) => canvas.toBlob(r, "image/jpeg", QUALITY));
  if (!picture) throw new CameraError("照片未能生成，请再试一次。");
  return picture;
}

/** Opens the camera, lets it adjust to the light, takes one picture and closes it. */
export async function snapOnce(settleMS = 1200): Promise<Blob> {
  const stream = await openCamera();
  try {
    const video = document.createElement("video");
    video.muted = true;
    video.srcObject = stream;
    await video.play();
    await new Promise((r) => setTimeout(r, settleMS));
    return await snap(video);
  } finally {
    closeCamera(stream);
  }
}
