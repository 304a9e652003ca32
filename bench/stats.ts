/** The value below which `part` (0 to 1) of the values lie. */
export function percentile(values: Iterable<number>, part: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

/** A count for people: `12,345`. */
export const count = (value: number) => Math.round(value).toLocaleString('en-US');

/** Milliseconds for people: `0.42`, `12.3`, `1,234`. */
export const ms = (value: number) =>
  value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : count(value);

/** A ratio for people: `0.82 x`, `1,200 x`. */
export const times = (value: number) =>
  Number.isNaN(value) ? '-' : `${value < 99.5 ? value.toFixed(2) : count(value)} x`;
