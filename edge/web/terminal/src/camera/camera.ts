// The machine's camera. Without one, or without leave to use it, it says why in
// words that lead to the manual way; it never makes a picture up.

import { isDark } from "./dark";

export type Why = "none" | "denied" | "insecure" | "busy" | "blank" | "dark";

export class CameraError extends Error {
  constructor(
    readonly text: string,
    readonly why: Why = "busy",
  ) {
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
  if (!devices) throw new CameraError("本页面未通过安全连接打开，浏览器不允许使用摄像头。", "insecure");
  try {
    return await devices.getUserMedia({ audio: false, video: { width: WIDTH, height: HEIGHT, facingMode: "user" } });
  } catch (e) {
    throw failure(e);
  }
}

function failure(e: unknown): CameraError {
  switch (e instanceof DOMException ? e.name : "") {
    case "NotFoundError":
    case "OverconstrainedError":
      return new CameraError("本机没有可用的摄像头。", "none");
    case "NotAllowedError":
    case "SecurityError":
      return new CameraError("本机未允许使用摄像头。", "denied");
    case "NotReadableError":
    case "AbortError":
      return new CameraError("摄像头被其他程序占用或发生故障。", "busy");
  }
  return new CameraError("摄像头无法打开。", "busy");
}

export function closeCamera(stream: MediaStream | null): void {
  stream?.getTracks().forEach((t) => t.stop());
}

/** One JPEG of what the camera sees now. */
export const snap = (video: HTMLVideoElement): Promise<Blob> => scaled(video, 1);

/** Half as wide and high: enough to find faces in, a fourth of the bytes. */
export const snapSmall = (video: HTMLVideoElement): Promise<Blob> => scaled(video, 0.5);

async function scaled(video: HTMLVideoElement, scale: number): Promise<Blob> {
  if (video.videoWidth === 0) throw blank();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
  const picture = await new Promise<Blob | null>((r) => canvas.toBlob(r, "image/jpeg", QUALITY));
  if (!picture) throw new CameraError("照片未能生成，请再试一次。");
  return picture;
}

/** Opens the camera, lets it adjust to the light, takes one picture and closes it. */
export const snapOnce = (settleMS = 1200): Promise<Blob> => opened(settleMS, snap);

/** Opens the camera and says whether anything can be seen; takes no picture. */
export async function look(): Promise<{ ok: boolean; why?: Why }> {
  try {
    return await opened(LOOK_SETTLE_MS, (video) => Promise.resolve(isDark(pixels(video)) ? { ok: false, why: "dark" as const } : { ok: true }));
  } catch (e) {
    return { ok: false, why: e instanceof CameraError ? e.why : "busy" };
  }
}

/** Cheap cameras begin black and brighten. */
const LOOK_SETTLE_MS = 800;
const FRAME_MS = 4000;

async function opened<T>(settleMS: number, use: (video: HTMLVideoElement) => Promise<T>): Promise<T> {
  const stream = await openCamera();
  try {
    const video = document.createElement("video");
    video.muted = true;
    video.srcObject = stream;
    await Promise.race([video.play(), late()]);
    await new Promise((r) => setTimeout(r, settleMS));
    if (video.videoWidth === 0 || video.currentTime === 0) throw blank();
    return await use(video);
  } finally {
    closeCamera(stream);
  }
}

const blank = (): CameraError => new CameraError("摄像头尚无画面，请稍候再试。", "blank");
const late = (): Promise<never> => new Promise((_, no) => setTimeout(() => no(blank()), FRAME_MS));

/** A small copy of what the camera sees now: enough to tell light from dark. */
function pixels(video: HTMLVideoElement): Uint8ClampedArray {
  const canvas = document.createElement("canvas");
  canvas.width = 64;
  canvas.height = 48;
  const on = canvas.getContext("2d", { willReadFrequently: true });
  if (!on) throw blank();
  on.drawImage(video, 0, 0, canvas.width, canvas.height);
  return on.getImageData(0, 0, canvas.width, canvas.height).data;
}
