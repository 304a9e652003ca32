/** Requirements 8 and 9: one zone for all times of a page, with seconds, as text. */
import { afterEach, describe, expect, it } from 'vitest';
import { formatAge, formatDuration, formatTime, zoneName } from '../../src/web/lib/time.ts';
import { addHdpTasks } from '../support/gateway.ts';
import { anHdpTask } from '../support/tasks.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { useWebServer } from './support/server.ts';
import { chooseSetting } from './support/settings.ts';

const CREATED = '2026-03-29T00:59:59Z';
/** The hour before and after the clocks of Paris go forward. */
const ZONES = [
  { zone: 'UTC', before: '2026-03-29 00:59:59', after: '2026-03-29 01:00:00', name: 'UTC (UTC+00:00)' },
  {
    zone: 'Asia/Kolkata',
    before: '2026-03-29 06:29:59',
    after: '2026-03-29 06:30:00',
    name: /^Asia\/(Kolkata|Calcutta) \(UTC\+05:30\)$/,
  },
  {
    zone: 'Europe/Paris',
    before: '2026-03-29 01:59:59',
    after: '2026-03-29 03:00:00',
    name: 'Europe/Paris (UTC+02:00)',
  },
  {
    zone: 'America/St_Johns',
    before: '2026-03-28 22:29:59',
    after: '2026-03-28 22:30:00',
    name: 'America/St_Johns (UTC-02:30)',
  },
];

describe('times (8, 9)', () => {
  const former = process.env.TZ;
  afterEach(() => {
    if (former === undefined) delete process.env.TZ;
    else process.env.TZ = former;
  });

  it.each(ZONES)('are local in $zone, or UTC', ({ zone, before, after, name }) => {
    process.env.TZ = zone;
    expect(formatTime(CREATED, 'local')).toBe(before);
    expect(formatTime('2026-03-29T01:00:00.999Z', 'local')).toBe(after);
    expect(formatTime(CREATED, 'UTC')).toBe('2026-03-29 00:59:59');
    expect(zoneName('local', new Date('2026-03-29T01:00:00Z'))).toEqual(
      typeof name === 'string' ? name : expect.stringMatching(name),
    );
    expect(zoneName('UTC')).toBe('UTC');
  });

  it('that are no times are shown as they are', () => {
    expect(formatTime('soon', 'local')).toBe('soon');
    expect(formatTime('', 'UTC')).toBe('');
  });

  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1000, '1 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [3_661_000, '1 h 1 min'],
    [86_400_000, '1 d'],
    [90_000_000, '1 d 1 h'],
    [86_460_000, '1 d'],
  ])('last: %i ms are %s', (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));

  it.each([
    [-5000, 'now'],
    [0, 'now'],
    [1000, '1 s ago'],
    [150_000, '2 min ago'],
    [90_000_000, '1 d ago'],
  ])('have an age: %i ms are %s', (age, text) =>
    expect(formatAge(1_000_000_000, 1_000_000_000 + age)).toBe(text),
  );
});

describe.skipIf(!hasBrowser)('the times of a page (8, 9)', () => {
  const server = useWebServer();

  it.each(ZONES)('are in $zone until UTC is chosen, and name the zone', ({ zone, before }) =>
    withPage(
      async (page) => {
        await addHdpTasks(server().gateway.store, anHdpTask({ createdAt: CREATED }));
        await page.goto(server().hdp);
        const shown = page.locator(`tbody time[datetime^="2026-03-29T00:59:59"]`).first();
        await shown.waitFor();
        expect(await shown.textContent()).toBe(before);
        expect(await page.locator('.footer').textContent()).toContain(
          zone === 'Asia/Kolkata' ? 'UTC+05:30' : zone,
        );
        expect(await shown.getAttribute('title')).toBe('2026-03-29 00:59:59 UTC');
        await chooseSetting(page, 'Time zone', 'UTC');
        expect(await shown.textContent()).toBe('2026-03-29 00:59:59');
        expect(await shown.getAttribute('title')).toContain(before);
        await page.getByText('Times are in UTC.').waitFor();
        for (const time of await page.locator('time').all()) {
          const iso = (await time.getAttribute('datetime')) ?? '';
          expect(await time.textContent()).toBe(iso.slice(0, 19).replace('T', ' '));
        }
        await page.reload();
        await page.getByText('Times are in UTC.').waitFor();
      },
      { timezoneId: zone },
    ),
  );

  it('have ages that go on outside of live regions', () =>
    withPage(async (page) => {
      await page.clock.install();
      await page.goto(server().hdp);
      const age = page.locator('.freshness .age');
      await page.getByText('Live', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.clock.fastForward(3000);
      await expect.poll(() => age.textContent()).toMatch(/^[3-5] s ago$/);
      expect(await page.locator('[role=status] .age').count()).toBe(0);
    }));
});
