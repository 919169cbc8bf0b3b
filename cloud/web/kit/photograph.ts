// A telephone's photograph has several megabytes, and what it is for often wants it
// small: it is made to fit here, so that nobody is sent away to find a program for that.

/** stated is how many bytes a material's note allows; 0: it says nothing. */
export function stated(note = ""): number {
  return 1024 * Number(/不超过 (\d+) KB/.exec(note)?.[1] ?? 0);
}

// Twice the height that a portrait has on a certificate (441 pixels), then that height;
// below this quality a face is hard to recognise.
const tries = [882, 441].flatMap((height) => [0.9, 0.8, 0.7].map((quality) => ({ height, quality })));

/** shrink makes a picture fit into so many bytes, as JPEG. What fits, is no picture or cannot be opened stays as it is. */
export async function shrink(file: File, most: number): Promise<File> {
  if (most === 0 || file.size <= most || !file.type.startsWith("image/")) return file;
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return file; // whoever takes it says what is wrong
  }
  try {
    for (const t of tries) {
      const small = await drawn(picture, t.height, t.quality);
      if (small && small.size <= most) return new File([small], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
    }
    return file;
  } finally {
    picture.close();
  }
}

function drawn(picture: ImageBitmap, height: number, quality: number): Promise<Blob | null> {
  const canvas = document.createElement("canvas");
  const scale = Math.min(1, height / picture.height);
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}
