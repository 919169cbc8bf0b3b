// The camera of the door: opened once, kept while the page is open.
import { onBeforeUnmount, ref, shallowRef, type Ref, type ShallowRef } from "vue";

export interface Camera {
  stream: ShallowRef<MediaStream | null>;
  trouble: Ref<string>;
  open: () => Promise<void>;
}

/** why says what keeps the browser from the camera, and what to do. */
export function why(e: unknown): string {
  const name = e instanceof DOMException ? e.name : "";
  switch (name) {
    case "NotAllowedError":
      return "浏览器没有使用摄像头的授权：请点击地址栏左侧的图标允许摄像头，然后重试";
    case "NotFoundError":
      return "没有找到摄像头：请插好摄像头后重试，或选择照片文件";
    case "NotReadableError":
      return "摄像头被其他程序占用：请关闭其他使用摄像头的程序后重试";
  }
  return "摄像头打不开：请重新插拔后重试，或选择照片文件";
}

/** useCamera opens the camera at once and lets it go with the page. */
export function useCamera(): Camera {
  const stream = shallowRef<MediaStream | null>(null);
  const trouble = ref("");
  let gone = false;

  function close(): void {
    stream.value?.getTracks().forEach((t) => t.stop());
    stream.value = null;
  }

  async function open(): Promise<void> {
    close();
    trouble.value = "";
    if (!navigator.mediaDevices) {
      trouble.value = "浏览器只对 HTTPS 或本机地址开放摄像头：请用 https 地址打开监考台，或选择照片文件";
      return;
    }
    try {
      const s = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false });
      s.getVideoTracks()[0]?.addEventListener("ended", () => {
        close();
        trouble.value = "摄像头断开了：请插好后重试";
      });
      stream.value = s;
      if (gone) close();
    } catch (e) {
      trouble.value = why(e);
    }
  }

  onBeforeUnmount(() => {
    gone = true;
    close();
  });
  void open();
  return { stream, trouble, open };
}

/** shoot takes a JPEG of what a video shows now. */
export function shoot(video: HTMLVideoElement): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return new Promise((resolve, reject) => {
    canvas.toBlob((b) => (b ? resolve(b) : reject(new Error("no picture"))), "image/jpeg", 0.9);
  });
}
