// A photo small enough to travel: drawn anew, so that nothing of the file but the picture is left (no EXIF, no place).

const MOST = 300 * 1024; // bytes
const SIDES = [1600, 1280, 1024, 800]; // pixels of the long side, tried one after the other
const QUALITIES = [0.8, 0.65, 0.5];

/** JPEG bytes as an ArrayBuffer; throws where the file is no picture. */
export async function shrink(file) {
  const picture = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  for (const side of SIDES) {
    const scale = Math.min(1, side / Math.max(picture.width, picture.height));
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    for (const quality of QUALITIES) {
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
      if (blob && blob.size <= MOST) return blob.arrayBuffer();
    }
  }
  throw new Error("too large");
}
