/** Which rows the HDP list shows after a poll, and the attempts of a task. */
import { describe, expect, it } from 'vitest';
import type { HdpStatus } from '../../src/db/model/statuses.ts';
import type { HdpList } from '../../src/web/api-types.ts';
import { type Attempt, durationOf, toAttempts } from '../../src/web/hdp/attempts.ts';
import { changeWords, freshRows, nextRows, type ShownRows } from '../../src/web/hdp/shown-rows.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

/** A page of the list with tasks by number, highest first. */
function listOf(
  page: number,
  total: number,
  numbers: readonly number[],
  status: HdpStatus = 'Received',
): HdpList {
  const tasks = numbers.map((n) => anHdpTask({ uuid: ulid(n), status }));
  return { tasks, pagination: { page, perPage: 2, total, totalPages: Math.ceil(total / 2) } };
}
const numbersOf = ({ rows }: ShownRows) => rows.map(({ uuid }) => Number.parseInt(uuid.slice(-4), 32));

describe('rows after a poll', () => {
  it('1: on page 1 are those of the response', () => {
    const shown = nextRows(freshRows('/a', listOf(1, 2, [2, 1])), '/a', listOf(1, 3, [3, 2]), undefined);
    expect(numbersOf(shown)).toEqual([3, 2]);
    expect(changeWords(shown)).toBeUndefined();
  });

  it('1: on page 1 keep the focused row that would leave the page, and no other', () => {
    const before = freshRows('/a', listOf(1, 2, [2, 1]));
    const shown = nextRows(before, '/a', listOf(1, 4, [4, 3]), ulid(1));
    expect(numbersOf(shown)).toEqual([4, 3, 1]);
    expect(numbersOf(nextRows(shown, '/a', listOf(1, 4, [4, 3]), ulid(4)))).toEqual([4, 3]);
  });

  it('13: on later pages stay put, with their current statuses and the latest total', () => {
    const before = freshRows('/a', listOf(2, 4, [2, 1]));
    const shown = nextRows(before, '/a', listOf(2, 5, [3, 2], 'DryRunStarted'), undefined);
    expect(numbersOf(shown)).toEqual([2, 1]);
    expect(shown.rows.map(({ status }) => status)).toEqual(['DryRunStarted', 'Received']);
    expect(shown.latest.pagination.total).toBe(5);
    expect(changeWords(shown)).toBe('1 task arrived since this page was read.');
  });

  it('13: say how many tasks left, or that the order has changed', () => {
    const before = freshRows('/a', listOf(2, 4, [2, 1]));
    const wordsAfter = (list: HdpList) => changeWords(nextRows(before, '/a', list, undefined));
    expect(wordsAfter(listOf(2, 2, []))).toBe('2 tasks left the list since this page was read.');
    expect(wordsAfter(listOf(2, 4, [3, 2]))).toBe('The order has changed since this page was read.');
    expect(wordsAfter(listOf(2, 4, [2, 1], 'DryRunStarted'))).toBeUndefined();
  });

  it('are those of the response after another request', () =>
    expect(
      numbersOf(nextRows(freshRows('/a', listOf(2, 4, [2, 1])), '/b', listOf(2, 4, [4]), ulid(1))),
    ).toEqual([4]));
});

const at = (minute: number) => `2026-06-01T12:${String(minute).padStart(2, '0')}:00Z`;
const step = (from: HdpStatus | null, to: HdpStatus, minute: number) => ({
  ...{ id: ulid(minute), task_id: ulid(0), from_status: from, to_status: to, created_at: at(minute) },
});
const statesOf = (attempt: Attempt | undefined) => attempt?.map(({ state }) => state);

describe('the attempts of a task', () => {
  it('have the times of each stage, and the stages that are not reached', () => {
    const [attempt, ...others] = toAttempts('ChainProofsFetchStarted', at(0), [
      step(null, 'Received', 0),
      step('Received', 'DryRunStarted', 1),
      step('DryRunStarted', 'DryRunCompleted', 3),
      step('DryRunCompleted', 'ChainProofsFetchStarted', 4),
    ]);
    expect(others).toEqual([]);
    expect(statesOf(attempt)).toEqual(['done', 'done', 'running', 'waiting', 'waiting', 'waiting']);
    expect(attempt?.[1]).toEqual({ name: 'DryRun', state: 'done', startedAt: at(1), endedAt: at(3) });
    expect(attempt?.[1] && durationOf(attempt[1])).toBe(120_000);
    expect(attempt?.[2] && durationOf(attempt[2])).toBeUndefined();
  });

  it('between two stages have none that runs', () =>
    expect(statesOf(toAttempts('DryRunCompleted', at(0), [])[0])).toEqual([
      ...['done', 'done', 'waiting', 'waiting', 'waiting', 'waiting'],
    ]));

  it('of an imported task have no times but that of its creation', () => {
    const [attempt] = toAttempts('TraceGenFailed', at(0), []);
    expect(statesOf(attempt)).toEqual(['done', 'done', 'done', 'failed', 'waiting', 'waiting']);
    expect(attempt?.map(({ startedAt }) => startedAt)).toEqual([at(0), ...Array(5).fill(undefined)]);
  });

  it('begin again with each retry', () => {
    const attempts = toAttempts('Received', at(0), [
      step(null, 'Received', 0),
      step('Received', 'DryRunStarted', 1),
      step('DryRunStarted', 'DryRunFailed', 2),
      step('DryRunFailed', 'Received', 3),
    ]);
    expect(attempts.map(statesOf)).toEqual([
      ['done', 'failed'],
      ['done', 'waiting', 'waiting', 'waiting', 'waiting', 'waiting'],
    ]);
    expect(attempts[1]?.[0]?.startedAt).toBe(at(3));
  });

  it('of a task that was imported as failed and retried say where the first one ended', () =>
    expect(toAttempts('Received', at(0), [step('DryRunFailed', 'Received', 3)]).map(statesOf)[0]).toEqual([
      ...['done', 'failed'],
    ]));
});
