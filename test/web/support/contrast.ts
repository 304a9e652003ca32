/** Contrast of colours (WCAG 2.2). */
import type { Locator } from 'playwright-core';

/** Returns the relative luminance of a colour such as `rgb(1, 2, 3)`. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((text) => {
    const value = Number(text) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Returns the contrast of two colours, from 1 to 21. */
export function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Returns the contrast of the text of an element and its ground, which an ancestor may paint. */
export async function textContrast(element: Locator): Promise<number> {
  const { color, ground } = await element.evaluate((target) => {
    let painted: Element | null = target;
    const groundOf = (one: Element) => getComputedStyle(one).backgroundColor;
    while (painted?.parentElement && groundOf(painted) === 'rgba(0, 0, 0, 0)')
      painted = painted.parentElement;
    return { color: getComputedStyle(target).color, ground: groundOf(painted ?? target) };
  });
  return contrast(color, ground);
}
