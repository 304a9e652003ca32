/** Returns a percentile. @param fraction from 0 to 1, such as 0.99 for p99 */
export function percentile(values: Iterable<number>, fraction: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

/** Formats a count: `12,345`. */
export const formatCount = (value: number) => Math.round(value).toLocaleString('en-US');

/** Formats milliseconds: `0.42`, `12.3`, `1,234`. */
export const formatMs = (value: number) =>
  value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : formatCount(value);

/** Formats a ratio: `0.82 x`, `1,200 x`. */
export const formatRatio = (value: number) =>
  Number.isNaN(value) ? '-' : `${value < 99.5 ? value.toFixed(2) : formatCount(value)} x`;
