/** Returns a length in words, such as `1.2 kB`. JSON of the APIs is nearly all ASCII, so characters stand for bytes. */
export function formatSize(length: number): string {
  if (length < 1000) return `${length} B`;
  const [value, unit] = length < 1_000_000 ? [length / 1000, 'kB'] : [length / 1_000_000, 'MB'];
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
