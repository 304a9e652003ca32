/** The state of the figures in their address, and the request that it stands for. */
import { choiceField, createUrlState, integerField, type StateOf } from '../lib/url-state.ts';

const MAX_BUCKETS = 400;

const FIELDS = {
  interval: choiceField(['hour', 'day'], 'hour'),
  buckets: integerField(1, MAX_BUCKETS, 24),
};

export type FiguresState = StateOf<typeof FIELDS>;

const figuresState = createUrlState(FIELDS);

export const readFiguresState = (query: URLSearchParams): FiguresState => figuresState.read(query);

export const figuresHref = (state: FiguresState): string =>
  `/?view=figures${figuresState.write(state).replace('?', '&')}`;

export const figuresPath = ({ interval, buckets }: FiguresState): string =>
  `/figures?interval=${interval}&buckets=${buckets}`;

const RANGES: readonly FiguresState[] = [
  { interval: 'hour', buckets: 24 },
  { interval: 'hour', buckets: 168 },
  { interval: 'day', buckets: 30 },
  { interval: 'day', buckets: 90 },
  { interval: 'day', buckets: 365 },
];

/** Returns the ranges to choose from, with the current one. */
export function rangesWith(state: FiguresState): readonly FiguresState[] {
  const isListed = RANGES.some((range) => figuresHref(range) === figuresHref(state));
  return isListed ? RANGES : [...RANGES, state];
}

/** Returns a range in words. Hours that are whole days are named in days. */
export function rangeWords({ interval, buckets }: FiguresState): string {
  if (buckets === 1) return `This ${interval}`;
  if (interval === 'hour' && buckets > 24 && buckets % 24 === 0) return `Last ${buckets / 24} days, by hour`;
  return `Last ${buckets} ${interval}s`;
}

/** Returns the name of a bucket in UTC, such as `2026-05-26 14:00` or `2026-05-26`. @param start of the API */
export function bucketName(start: string, interval: string): string {
  const [day = '', time = ''] = start.split('T');
  return interval === 'day' ? day : `${day} ${time.slice(0, 5)}`;
}
