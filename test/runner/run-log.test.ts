import { describe, expect, it } from 'vitest';
import type { NewLogEntry } from '../../src/db/queries/task-runs.ts';
import { createRunLog } from '../../src/runner/run-log.ts';

const entry = (message: string): NewLogEntry => ({ time: 1, level: 'info', message });
const named = (entries: readonly NewLogEntry[]) => entries.map(({ message }) => message);

/** A log whose writes are let go, or made to fail, one by one. */
function createHeldLog() {
  const written: string[] = [];
  const errors: unknown[] = [];
  const writes: { succeed(): void; fail(): void }[] = [];
  const log = createRunLog(
    (entries) =>
      new Promise((resolve, reject) => {
        writes.push({
          succeed: () => {
            written.push(...named(entries));
            resolve();
          },
          fail: () => reject(new Error('locked')),
        });
      }),
    (error) => errors.push(error),
  );
  return { log, written, errors, writes };
}

describe('the log of a run', () => {
  it('gives the rest only after the write under way, and nothing twice', async () => {
    const { log, written, writes } = createHeldLog();
    log.add(entry('a'));
    await expect.poll(() => writes.length).toBe(1);
    log.add(entry('b'));
    let isGiven = false;
    const rest = log.takeUnwritten().finally(() => {
      isGiven = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isGiven).toBe(false);
    writes[0]?.succeed();
    await expect.poll(() => writes.length).toBe(2);
    writes[1]?.succeed();
    expect([...written, ...named(await rest)]).toEqual(['a', 'b']);
  });

  it('keeps the entries of a write that fails, in order', async () => {
    const { log, written, errors, writes } = createHeldLog();
    log.add(entry('a'));
    await expect.poll(() => writes.length).toBe(1);
    log.add(entry('b'));
    const rest = log.takeUnwritten();
    writes[0]?.fail();
    expect(named(await rest)).toEqual(['a', 'b']);
    expect(written).toEqual([]);
    expect(errors).toEqual([new Error('locked')]);
  });
});
