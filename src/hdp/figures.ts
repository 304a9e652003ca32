/** The figures of the HDP API, an addition of this service: their parameters, schema and JSON. */
import { z } from 'zod';
import { INTERVAL_MICROS, INTERVALS, type Series, seriesUntil } from '../db/model/figure-intervals.ts';
import { DURATION_BOUNDS } from '../db/model/figures.ts';
import { HDP_STAGES } from '../db/model/hdp-stages.ts';
import { HDP_STATUSES } from '../db/model/statuses.ts';
import type { HdpFigures, StageFigures } from '../db/queries/figures.ts';
import { integerWithDefault } from '../http/validate.ts';
import { asJsonText, type JsonText } from '../json-text.ts';
import { formatMicros } from '../time.ts';

const MAX_BUCKETS = 400;

const interval = z
  .enum(INTERVALS, { error: `must be one of ${INTERVALS.join(', ')}` })
  .meta({ id: 'Interval' });

export const figuresQuery = z.object({
  interval: interval.default('hour').meta({ description: 'The width of the buckets: a UTC hour or day.' }),
  buckets: integerWithDefault({ min: 1, max: MAX_BUCKETS }, 24).meta({
    description: 'Number of buckets. The last one is the current hour or day.',
  }),
});

export type FiguresQuery = z.infer<typeof figuresQuery>;

const count = z.int().min(0);

const stageFigures = z
  .strictObject({
    stage: z.enum(HDP_STAGES),
    passes: count.meta({ description: 'How often the start and the end of the stage are known.' }),
    meanSeconds: z.number().nullable().meta({ description: 'Null if no pass is known.' }),
    distribution: z
      .array(
        z
          .strictObject({
            from: z.number().meta({ description: 'Seconds, included.' }),
            to: z.number().nullable().meta({ description: 'Seconds, not included; null for no limit.' }),
            passes: count,
          })
          .meta({ id: 'DurationBucket' }),
      )
      .nullable()
      .meta({ description: 'The passes by duration. Null if no pass is known.' }),
  })
  .meta({ id: 'StageFigures' });

export const figures = z
  .strictObject({
    total: count.meta({ description: 'The number of all tasks.' }),
    statuses: z
      .strictObject(Object.fromEntries(HDP_STATUSES.map((status) => [status, count])))
      .meta({ id: 'StatusCounts', description: 'The number of tasks of each status.' }),
    created: z
      .strictObject({
        interval,
        buckets: z
          .array(
            z
              .strictObject({
                start: z.iso.datetime(),
                total: count.meta({ description: 'Tasks created in the hour or day.' }),
                failed: count.meta({ description: 'Those of them that have failed.' }),
                completed: count.meta({ description: 'Those of them whose last stage is completed.' }),
                isOver: z.boolean().meta({ description: 'False for the current hour or day.' }),
              })
              .meta({ id: 'CreatedBucket' }),
          )
          .meta({ description: 'Oldest first. Hours and days without tasks are included.' }),
      })
      .meta({ id: 'CreatedFigures' }),
    stages: z.array(stageFigures).meta({
      description:
        'The durations of the stages, from the status changes of the tasks. Imported tasks have no status changes from before the import.',
    }),
  })
  .meta({ id: 'Figures' });

/** Returns the series that a request asks for. @param now Unix milliseconds */
export const seriesOf = ({ interval, buckets }: FiguresQuery, now: number): Series =>
  seriesUntil(now * 1000, interval, buckets);

/** Returns the begin and the end of the last bucket of a series, in Unix milliseconds. */
export function validityOf({ interval, start, count }: Series): Record<'validFrom' | 'validUntil', number> {
  const width = INTERVAL_MICROS[interval];
  const validUntil = (start + count * width) / 1000;
  return { validFrom: validUntil - width / 1000, validUntil };
}

/** Returns the JSON of the figures. @param series ends with the current interval */
export function toFiguresJson(
  { total, statuses, created, stages }: HdpFigures,
  { interval, count }: Series,
): JsonText<z.infer<typeof figures>> {
  const buckets = created.map(({ start, ...counts }, index) => ({
    start: formatMicros(start),
    ...counts,
    isOver: index < count - 1,
  }));
  const json = { total, statuses, created: { interval, buckets }, stages: stages.map(toStageJson) };
  return asJsonText(JSON.stringify(json));
}

function toStageJson({ stage, passes, micros, durations }: StageFigures): z.infer<typeof stageFigures> {
  if (passes === 0) return { stage, passes, meanSeconds: null, distribution: null };
  const bounds = DURATION_BOUNDS.map((bound) => bound / 1e6);
  return {
    stage,
    passes,
    meanSeconds: Math.round(micros / passes) / 1e6,
    distribution: durations.map((known, index) => ({
      from: bounds[index - 1] ?? 0,
      to: bounds[index] ?? null,
      passes: known,
    })),
  };
}
