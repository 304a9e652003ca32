/** Pixels of screenshots. The browser decodes them, on a page without a policy. */
import type { Page } from 'playwright-core';

export interface Pixels {
  width: number;
  height: number;
  /** Red, green, blue and alpha of each pixel, row by row. */
  data: Uint8Array;
}

/** Decodes a PNG. @param page any page of the browser */
export async function decodePng(page: Page, png: Buffer): Promise<Pixels> {
  const reader = await page.context().newPage();
  try {
    const { width, height, encoded } = await reader.evaluate(async (base64) => {
      const picture = new Image();
      picture.src = `data:image/png;base64,${base64}`;
      await picture.decode();
      const { width, height } = picture;
      const canvas = Object.assign(document.createElement('canvas'), { width, height });
      const context = canvas.getContext('2d');
      context?.drawImage(picture, 0, 0);
      const bytes = context?.getImageData(0, 0, width, height).data ?? [];
      let text = '';
      for (let start = 0; start < bytes.length; start += 8192)
        text += String.fromCharCode(...bytes.slice(start, start + 8192));
      return { width, height, encoded: btoa(text) };
    }, png.toString('base64'));
    return { width, height, data: new Uint8Array(Buffer.from(encoded, 'base64')) };
  } finally {
    await reader.close();
  }
}

/** Returns the colour of a pixel, as `rgb(1, 2, 3)`. */
export function colourAt({ width, data }: Pixels, x: number, y: number): string {
  const start = (y * width + x) * 4;
  return `rgb(${data.slice(start, start + 3).join(', ')})`;
}

/** Returns the luminance of each pixel, from 0 to 255. */
export function greyOf({ data }: Pixels): number[] {
  return Array.from({ length: data.length / 4 }, (_, index) => {
    const [red = 0, green = 0, blue = 0] = data.slice(index * 4, index * 4 + 3);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  });
}
