import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAuthGuard } from '../../../src/http/limits/auth-guard.ts';

const SECONDS = 'There were too many failed attempts to authenticate; try again in 60 s.';

function useClock() {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
}

/** Presents a secret. @returns true if it was verified as valid, false if as wrong, or the message of the refusal */
function createPresenter(limit = 3, valid = 'right') {
  const guard = createAuthGuard(limit);
  return (secret: string, { id = 'a', address = '192.0.2.1' }: { id?: string; address?: string } = {}) =>
    guard
      .verify({ credentials: `${id}:${secret}`, id, address }, async () =>
        secret === valid ? id : undefined,
      )
      .then(
        (identity) => identity !== undefined,
        (error: Error) => error.message,
      );
}

describe('failed attempts to authenticate', () => {
  it('of one address are limited, with any ids', async () => {
    useClock();
    const present = createPresenter();
    for (let n = 0; n < 3; n += 1) expect(await present('wrong', { id: `id-${n}` })).toBe(false);
    expect(await present('wrong', { id: 'id-4' })).toBe(SECONDS);
    expect(await present('right', { id: 'id-5' })).toBe(SECONDS);
    expect(await present('wrong', { address: '192.0.2.2', id: 'id-4' })).toBe(false);
  });

  it('of one id are limited, from any addresses', async () => {
    useClock();
    const present = createPresenter();
    for (let n = 0; n < 3; n += 1) expect(await present('wrong', { address: `192.0.2.${n}` })).toBe(false);
    expect(await present('wrong', { address: '192.0.2.9' })).toBe(SECONDS);
    expect(await present('wrong', { address: '192.0.2.9', id: 'b' })).toBe(false);
  });

  it('are limited also when they arrive at the same time', async () => {
    useClock();
    const present = createPresenter();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => present(`wrong-${n}`)));
    expect(answers.filter((answer) => answer === false)).toHaveLength(3);
  });

  it('do not include valid ones at the same time, of one or of many ids', async () => {
    useClock();
    const guard = createAuthGuard(3);
    const present = (id: string) =>
      guard.verify({ credentials: `${id}:right`, id, address: '192.0.2.1' }, async () => {
        await Promise.resolve();
        return id;
      });
    const same = await Promise.all(Array.from({ length: 20 }, () => present('a')));
    expect(same).toEqual(Array(20).fill('a'));
    const ids = Array.from({ length: 20 }, (_, n) => `id-${n}`);
    expect(await Promise.all(ids.map(present))).toEqual(ids);
  });

  it('of an id do not count for the address that is refused because of them', async () => {
    useClock();
    const present = createPresenter();
    for (let n = 0; n < 3; n += 1) await present('wrong', { address: `192.0.2.${n}` });
    for (let n = 0; n < 9; n += 1) expect(await present('right', { address: '192.0.2.9' })).toBe(SECONDS);
    expect(await present('right', { address: '192.0.2.9', id: 'b' })).toBe(true);
  });

  it('do not lock out credentials that were valid before', async () => {
    useClock();
    const present = createPresenter();
    expect(await present('right')).toBe(true);
    for (let n = 0; n < 9; n += 1) await present(`wrong-${n}`);
    expect(await present('wrong')).toBe(SECONDS);
    for (let n = 0; n < 9; n += 1) expect(await present('right')).toBe(true);
  });

  it('are forgotten after a minute', async () => {
    useClock();
    const present = createPresenter();
    for (let n = 0; n < 4; n += 1) await present('wrong');
    await vi.advanceTimersByTimeAsync(59_000);
    expect(await present('wrong')).toMatch(/in 1 s\.$/);
    await vi.advanceTimersByTimeAsync(1001);
    expect(await present('wrong')).toBe(false);
  });

  it('do not include attempts that were valid, or that could not be verified', async () => {
    useClock();
    const guard = createAuthGuard(1);
    const attempt = { credentials: 'a:b', id: 'a', address: '192.0.2.1' };
    const broken = () => Promise.reject(new Error('The database is down.'));
    for (let n = 0; n < 3; n += 1) await expect(guard.verify(attempt, broken)).rejects.toThrow('down');
    for (let n = 0; n < 3; n += 1)
      expect(await guard.verify({ ...attempt, credentials: `a:${n}` }, async () => n)).toBe(n);
    expect(await guard.verify(attempt, async () => undefined)).toBeUndefined();
    await expect(guard.verify(attempt, async () => 1)).rejects.toThrow('too many');
  });

  it('count for credentials that were valid once and are not now', async () => {
    useClock();
    const guard = createAuthGuard(1);
    const attempt = { credentials: 'a:b', id: 'a', address: undefined };
    expect(await guard.verify(attempt, async () => 'a')).toBe('a');
    for (let n = 0; n < 2; n += 1) expect(await guard.verify(attempt, async () => undefined)).toBeUndefined();
    await expect(guard.verify(attempt, async () => undefined)).rejects.toThrow('too many');
  });

  it('are not limited with a limit of 0', async () => {
    const present = createPresenter(0);
    for (let n = 0; n < 100; n += 1) expect(await present('wrong')).toBe(false);
  });
});
