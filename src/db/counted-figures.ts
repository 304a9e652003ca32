/** Counts all figures from the tasks and their transitions, in SQL that both dialects understand. */
import { INTERVAL_MICROS, INTERVALS } from './model/figure-intervals.ts';
import { DURATION_BOUNDS, OUTCOMES, outcomeOf } from './model/figures.ts';
import { HDP_STAGES } from './model/hdp-stages.ts';
import { HDP_STATUSES } from './model/statuses.ts';

const quoted = (texts: readonly string[]) => texts.map((text) => `'${text}'`).join(', ');

const outcome = `CASE ${OUTCOMES.map(
  (name) =>
    `WHEN status IN (${quoted(HDP_STATUSES.filter((status) => outcomeOf(status) === name))}) THEN '${name}'`,
).join(' ')} END`;

// The remainder of a time before 1970 is negative.
const startOf = (width: number) => `created_at - (created_at % ${width} + ${width}) % ${width}`;

const created = INTERVALS.map(
  (interval) =>
    `SELECT '${interval}', start, outcome, count(*) FROM (
       SELECT ${startOf(INTERVAL_MICROS[interval])} AS start, ${outcome} AS outcome FROM hdp_tasks
     ) AS ${interval}s GROUP BY start, outcome`,
);

const bucket = `CASE ${DURATION_BOUNDS.map((bound, index) => `WHEN micros < ${bound} THEN ${index}`).join(' ')}
  ELSE ${DURATION_BOUNDS.length} END`;

const stage = `CASE from_status ${HDP_STAGES.map((name) => `WHEN '${name}Started' THEN '${name}'`).join(' ')} END`;

/** As `passesOf`. */
const passes = `SELECT ${stage} AS stage, created_at - started_at AS micros FROM (
    SELECT from_status, created_at,
      lag(to_status) OVER (PARTITION BY task ORDER BY id) AS before_status,
      lag(created_at) OVER (PARTITION BY task ORDER BY id) AS started_at
    FROM hdp_transitions
  ) AS transition
  WHERE before_status = from_status AND from_status IN (${quoted(HDP_STAGES.map((name) => `${name}Started`))})`;

/** A query of all counters (db/model/figures.ts): figure, position, value, amount. */
export const COUNTED_FIGURES = `
  SELECT 'status' AS figure, 0 AS position, status AS value, count(*) AS amount FROM hdp_tasks GROUP BY status
  UNION ALL ${created.join(' UNION ALL ')}
  UNION ALL SELECT 'passes', bucket, stage, count(*) FROM (
    SELECT stage, ${bucket} AS bucket FROM (${passes}) AS passes
  ) AS durations GROUP BY bucket, stage
  UNION ALL SELECT 'pass_micros', 0, stage, CAST(sum(micros) AS bigint) FROM (${passes}) AS passes GROUP BY stage`;

/**
 * A query of the counters that differ, as differences for `verify`.
 * @param stored a query of the stored counters; several rows of one counter are added up
 */
export const differingFigures = (stored: string) => `
  SELECT what, CAST(sum(kept) AS bigint) AS kept, CAST(sum(actual) AS bigint) AS actual FROM (
    SELECT 'figure ' || figure || ' ' || value || ' ' || CAST(position AS text) AS what, amount AS kept, 0 AS actual
    FROM (${stored}) AS stored
    UNION ALL
    SELECT 'figure ' || figure || ' ' || value || ' ' || CAST(position AS text), 0, amount
    FROM (${COUNTED_FIGURES}) AS counted
  ) AS figures GROUP BY what HAVING sum(kept) <> sum(actual) ORDER BY what`;
