/** The intervals of the figures: UTC hours and days, which are all equally long. Times are Unix microseconds. */

export const INTERVALS = ['hour', 'day'] as const;
export type Interval = (typeof INTERVALS)[number];

const HOUR_MICROS = 3_600_000_000;

export const INTERVAL_MICROS: Readonly<Record<Interval, number>> = {
  hour: HOUR_MICROS,
  day: 24 * HOUR_MICROS,
};

/** Consecutive intervals. */
export interface Series {
  interval: Interval;
  /** The start of the first one. */
  start: number;
  count: number;
}

/** Returns the largest multiple of `width` up to a time. A division would round times just before a multiple up to it. */
export const floorTo = (time: number, width: number): number => time - (((time % width) + width) % width);

/** Returns the series that ends with the interval of a time. */
export function seriesUntil(time: number, interval: Interval, count: number): Series {
  const width = INTERVAL_MICROS[interval];
  return { interval, start: floorTo(time, width) - (count - 1) * width, count };
}

/** Returns the starts of all intervals of a series. */
export const startsOf = ({ interval, start, count }: Series): number[] =>
  Array.from({ length: count }, (_, index) => start + index * INTERVAL_MICROS[interval]);
