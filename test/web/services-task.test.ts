/** Requirements 2, 5, 20 and 21 of the pages: a task of the Services explorer. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { addServicesTasks } from '../support/gateway.ts';
import { aServicesTask } from '../support/tasks.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { useWebServer, type WebServer } from './support/server.ts';
import { openWithToken } from './support/sign-in.ts';

const NOW = Date.parse('2026-06-01T12:00:00Z');

/** Runs a task to its end with these messages in its log, oldest first. */
async function endWithLog(
  { gateway }: WebServer,
  id: number,
  logs: readonly { level: 'info' | 'error'; message: string }[],
): Promise<void> {
  await addServicesTasks(gateway.store, aServicesTask({ id }));
  const claim = { run: `run-of-${id}`, leaseMs: 60_000 };
  await gateway.store.taskRuns.claim(1764, id, ['export'], claim);
  const end = { status: 'ERROR', result: null, file: null, now: NOW, nextTask: undefined } as const;
  const entries = logs.map((entry, at) => ({ ...entry, time: NOW + at * 1000 }));
  await gateway.store.taskRuns.finish(id, claim.run, { ...end, logs: entries });
}

const pageSize = async (page: Page) => (await page.locator('body').innerHTML()).length;

describe.skipIf(!hasBrowser)('a task of the Services explorer', () => {
  const server = useWebServer({ demo: true, runTasks: false });

  it('shows schedule, segment, target, debug and version in words', () =>
    withPage(async (page) => {
      await openWithToken(page, `${server().services}/task/12297`);
      await page.getByText('Vouchers that expire this month').waitFor();
      const facts = await page.locator('.task-facts').innerText();
      expect(facts).toContain('export of vouchers as CSV');
      expect(facts).toMatch(/Once, at 2026-03-09 \d\d:00:00/);
      expect(facts).toContain(
        'People for whom all of: expiry date is before 2026-04-01T00:00:00Z; status is not redeemed.',
      );
      await page.getByRole('heading', { name: 'Debug' }).waitFor();
      expect(await page.title()).toBe('Task 12297 (ERROR)');
    }));

  it.each([
    ['999999', 'Chain 1764 has no task 999999.'],
    ['abc', 'The id of a task is an integer'],
    ['%E0%A4', 'The id of a task is an integer'],
  ])('says that /task/%s is not found', (id, sentence) =>
    withPage(async (page) => {
      await openWithToken(page, `${server().services}/task/${id}`);
      await page.getByRole('heading', { name: 'Not found' }).waitFor();
      await page.getByText(sentence).waitFor();
    }),
  );

  it('5: does not poll a task that has ended', () =>
    withPage(async (page) => {
      await page.clock.install();
      await openWithToken(page, `${server().services}/task/12345`);
      await page.getByText('Wallet ledger export').waitFor();
      let requests = 0;
      page.on('request', () => {
        requests += 1;
      });
      await page.clock.fastForward(120_000);
      await page.getByRole('heading', { name: 'Log' }).waitFor();
      expect(requests).toBe(0);
    }));

  it('21: a failed task shows its newest error whole before the first heading of details, on each page of its log', () =>
    withPage(async (page) => {
      const newest = `Newest error: ${'a long reason '.repeat(1000)}the end`;
      const before = Array.from({ length: 45 }, (_, at) => ({
        level: 'error' as const,
        message: `Old error ${at + 1}`,
      }));
      await endWithLog(server(), 30_001, [...before, { level: 'error', message: newest }]);
      for (const query of ['', '?log=2']) {
        await openWithToken(page, `${server().services}/task/30001${query}`);
        await page.locator('.failure').getByText('Newest error:').waitFor();
        expect(await page.locator('.failure').textContent()).toContain(newest);
        const isFirst = await page.evaluate(() => {
          const [failure, heading] = [document.querySelector('.failure'), document.querySelector('main h2')];
          return failure && heading ? failure.compareDocumentPosition(heading) : 0;
        });
        expect(isFirst).toBe(4);
      }
    }));

  it('21: says why no error of a failed task is shown', () =>
    withPage(async (page) => {
      await openWithToken(page, `${server().services}/task/12297`);
      await page.locator('.failure').getByText('No reason was logged:').waitFor();
      await page.getByText('No entries. A task that was imported comes without its log.').waitFor();
      await endWithLog(server(), 30_004, [{ level: 'info', message: 'Started' }]);
      await openWithToken(page, `${server().services}/task/30004`);
      await page.locator('.failure').getByText('None of the entries of its log is an error.').waitFor();
    }));

  it('2: pages through the log in the address', () =>
    withPage(async (page) => {
      const logs = Array.from({ length: 45 }, (_, at) => ({
        level: 'info' as const,
        message: `Entry ${at + 1}`,
      }));
      await endWithLog(server(), 30_002, logs);
      await openWithToken(page, `${server().services}/task/30002`);
      await page.getByText('Entry 45').waitFor();
      expect(await page.locator('.log li').count()).toBe(20);
      await page.getByRole('link', { name: 'Older entries' }).click();
      await page.getByText('Entry 25', { exact: true }).waitFor();
      await page.getByRole('link', { name: 'Older entries' }).click();
      await page.getByText('Entry 5', { exact: true }).waitFor();
      expect(new URL(page.url()).search).toBe('?log=3');
      expect(await page.locator('.log li').count()).toBe(5);
      expect(await page.getByRole('link', { name: 'Older entries' }).count()).toBe(0);
    }));

  it('20: a large and deep trigger enters the page only when it is asked for, and Save saves it as it came', () =>
    withPage(async (page) => {
      const deep = `${'{"a":'.repeat(400)}1.0${'}'.repeat(400)}`;
      const trigger = `{"once":"2099-01-01T00:00:00Z","deep":${deep},"exact":9007199254740993.10,"text":"${'x'.repeat(900_000)}"}`;
      const target = `{"action":"none","campaign_id":9007199254740993,"level1":{"level2":{"level3":{"level4":"deep inside"}}}}`;
      const line = JSON.stringify(aServicesTask({ id: 30_003 }))
        .replace(/"trigger":\{.*?\}/, () => `"trigger":${trigger}`)
        .replace(/"target":\{.*?\}/, () => `"target":${target}`);
      await addServicesTasks(server().gateway.store, line);
      await openWithToken(page, `${server().services}/task/30003`);
      await page.getByText('level2').waitFor();
      expect(await pageSize(page)).toBeLessThan(100_000);
      expect(await page.getByText('deep inside').count()).toBe(0);
      expect(await page.locator('.task-facts').innerText()).toContain('9007199254740993');
      await page.getByText('level3').click();
      await page.getByText('deep inside').waitFor();

      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Save the trigger of task 30003 as it came' }).click();
      expect(readFileSync(await (await download).path(), 'utf8')).toBe(trigger);
      await page.getByRole('button', { name: 'Show the trigger' }).click();
      await page.getByText('9007199254740993.10').waitFor();
      expect(await pageSize(page)).toBeLessThan(100_000);
    }));
});
