/** Requirement 26: the figures of the HDP explorer. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { rangeWords } from '../../src/web/hdp/figures-state.ts';
import { addHdpTasks } from '../support/gateway.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { COMPLETED, createActor, taskOf } from './support/hdp-tasks.ts';
import { openWebServer, type WebServer } from './support/server.ts';

const NOW = Date.parse('2026-06-01T12:34:56Z');
const ago = (hours: number) => new Date(NOW - hours * 3_600_000).toISOString();

async function withServer(use: (page: Page, server: WebServer) => Promise<void>): Promise<void> {
  const server = await openWebServer({ now: () => NOW });
  try {
    await withPage((page) => use(page, server));
  } finally {
    await server.gateway.close();
  }
}

const importThree = ({ gateway }: WebServer) =>
  addHdpTasks(
    gateway.store,
    taskOf(1, { createdAt: ago(2), status: 'TraceGenFailed' }),
    taskOf(2, { createdAt: ago(2), status: 'TaskDecommitmentCompleted' }),
    taskOf(3, { createdAt: ago(0) }),
  );

/** Returns the bars of a chart. */
const bars = (page: Page, name: string) =>
  page
    .getByRole('img', { name: new RegExp(`^${name} per`) })
    .locator('g')
    .evaluateAll((groups) =>
      groups.map((group) => {
        const bar = group.querySelector('.bar');
        return {
          title: group.querySelector('title')?.textContent,
          width: Number(bar?.getAttribute('width')),
          height: Number(bar?.getAttribute('height')),
          isUnfinished: bar?.classList.contains('bar-unfinished'),
        };
      }),
    );

const rowsOf = (page: Page, region: string) =>
  page
    .getByRole('region', { name: region })
    .locator('tbody tr')
    .evaluateAll((rows) => rows.map((row) => [...row.children].map(({ textContent }) => textContent)));

describe('a time range', () => {
  it.each([
    ['hour', 1, 'This hour'],
    ['hour', 24, 'Last 24 hours'],
    ['hour', 168, 'Last 7 days, by hour'],
    ['hour', 30, 'Last 30 hours'],
    ['day', 1, 'This day'],
    ['day', 7, 'Last 7 days'],
  ])('of %s, %i is “%s”', (interval, buckets, words) =>
    expect(rangeWords({ interval, buckets })).toBe(words),
  );
});

describe.skipIf(!hasBrowser)('the figures', () => {
  it('draw every hour with the same width, 0 as 0, and mark the hour that is not over', () =>
    withServer(async (page, server) => {
      await importThree(server);
      await page.goto(`${server.hdp}/?view=figures`);
      await page.getByRole('heading', { name: 'Tasks created per hour, in UTC' }).waitFor();
      const created = await bars(page, 'Created');
      expect(created.length).toBe(24);
      expect(new Set(created.map(({ width }) => width)).size).toBe(1);
      expect(created.map(({ height }) => height)).toEqual([...Array(21).fill(0), 100, 0, 50]);
      expect(created.map(({ isUnfinished }) => isUnfinished)).toEqual([...Array(23).fill(false), true]);
      expect(created[21]?.title).toBe('2026-06-01 10:00: 2');
      expect(created[23]?.title).toBe('2026-06-01 12:00: 1 so far');
      expect((await bars(page, 'Failed'))[21]?.height).toBe(50);
    }));

  it('have their numbers in a table', () =>
    withServer(async (page, server) => {
      await importThree(server);
      await page.goto(`${server.hdp}/?view=figures&interval=day&buckets=2`);
      await page.getByRole('heading', { name: 'Tasks created per day, in UTC' }).waitFor();
      expect(await rowsOf(page, 'Tasks created per day')).toEqual([
        ['2026-06-01 (so far)', '3', '1', '1'],
        ['2026-05-31', '0', '0', '0'],
      ]);
      const statuses = await page.locator('[aria-labelledby=statuses] tbody tr').allTextContents();
      expect(statuses.length).toBe(17);
      expect(statuses.filter((text) => !text.endsWith('0'))).toEqual([
        ...['Received1', 'Trace gen failed1', 'Task decommitment completed1', 'All tasks3'],
      ]);
    }));

  it('hatch what is not known, and say so', () =>
    withServer(async (page, server) => {
      await importThree(server);
      await page.goto(`${server.hdp}/?view=figures`);
      const durations = page.locator('[aria-labelledby=durations]');
      await durations.getByText('Not known').first().waitFor();
      expect(await durations.getByText('Not known').count()).toBe(5);
      expect(await durations.locator('.bar-unknown').count()).toBe(5);
      const fill = await durations
        .locator('.bar-unknown')
        .first()
        .evaluate((bar) => getComputedStyle(bar).fill);
      expect(fill).toContain('#hatch');
      await (await createActor(server)).create(COMPLETED.slice(0, 2));
      await page.keyboard.press('r');
      await durations.getByRole('row', { name: 'Dry run 1' }).waitFor();
      expect(await durations.getByText('Not known').count()).toBe(4);
    }));

  it('2: the time range is in the address, and falls back if it is not acceptable', () =>
    withServer(async (page, server) => {
      await page.goto(`${server.hdp}/?view=figures`);
      const asked = page.waitForRequest(/interval=day&buckets=90/);
      await page.locator('main select').selectOption('Last 90 days');
      await asked;
      expect(new URL(page.url()).search).toBe('?view=figures&interval=day&buckets=90');
      const fallback = page.waitForRequest(/interval=hour&buckets=24/);
      await page.goto(`${server.hdp}/?view=figures&interval=week&buckets=401`);
      await fallback;
      await page.getByText('All figures are 0.').waitFor();
    }));

  it('say that no tasks were created in a range, instead of empty charts', () =>
    withServer(async (page, server) => {
      await importThree(server);
      await addHdpTasks(server.gateway.store, taskOf(3, { createdAt: ago(30) }));
      await page.goto(`${server.hdp}/?view=figures&buckets=2`);
      await page.getByText('No tasks were created in this time.').waitFor();
      expect(await page.getByRole('img').count()).toBe(0);
      expect(await page.locator('[aria-labelledby=statuses] tbody tr').count()).toBe(17);
    }));
});
