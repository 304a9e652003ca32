import { describe, expect, it } from 'vitest';
import type { NewLogEntry } from '../../src/db/queries/task-runs.ts';
import { createRunLog } from '../../src/runner/run-log.ts';

const entry = (message: string): NewLogEntry => ({ time: 1, level: 'info', message });
const messagesOf = (entries: readonly NewLogEntry[]) => entries.map(({ message }) => message);

/** Creates a log whose writes succeed or fail when the test decides. */
function createControlledLog() {
  const written: string[] = [];
  const errors: unknown[] = [];
  const writes: { succeed(): void; fail(): void }[] = [];
  const log = createRunLog(
    (entries) =>
      new Promise((resolve, reject) => {
        writes.push({
          succeed: () => {
            written.push(...messagesOf(entries));
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
  it('returns the unwritten entries after the pending write, and no entry twice', async () => {
    const { log, written, writes } = createControlledLog();
    log.add(entry('a'));
    await expect.poll(() => writes.length).toBe(1);
    log.add(entry('b'));
    let isResolved = false;
    const rest = log.takeUnwritten().finally(() => {
      isResolved = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isResolved).toBe(false);
    writes[0]?.succeed();
    await expect.poll(() => writes.length).toBe(2);
    writes[1]?.succeed();
    expect([...written, ...messagesOf(await rest)]).toEqual(['a', 'b']);
  });

  it('keeps the entries of a failed write, in order', async () => {
    const { log, written, errors, writes } = createControlledLog();
    log.add(entry('a'));
    await expect.poll(() => writes.length).toBe(1);
    log.add(entry('b'));
    const rest = log.takeUnwritten();
    writes[0]?.fail();
    expect(messagesOf(await rest)).toEqual(['a', 'b']);
    expect(written).toEqual([]);
    expect(errors).toEqual([new Error('locked')]);
  });
});
