/** The page of an HDP task while the task changes. The numbers are those of the requirements. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser, withPage } from './support/browser.ts';
import { COMPLETED, useActor } from './support/hdp-tasks.ts';
import { useWebServer } from './support/server.ts';

describe.skipIf(!hasBrowser)('the page of a task', () => {
  const server = useWebServer();
  const actor = useActor(server);
  const open = (page: Page, uuid: string) => page.goto(`${server().hdp}/task/${uuid}`);
  const step = (page: Page, name: string) =>
    page.locator('.step', { has: page.getByText(name, { exact: true }) });

  it('5: follows a task, each change once, and stops when the task has ended', () =>
    withPage(async (page) => {
      const { create, report } = await actor();
      const uuid = await create(COMPLETED.slice(0, 9));
      const asked: string[] = [];
      page.on('request', (request) => {
        const { pathname } = new URL(request.url());
        if (pathname.startsWith('/tasks/')) asked.push(pathname);
      });
      await page.clock.install();
      await open(page, uuid);
      await step(page, 'Task decommitment').getByText('Running').waitFor();
      await report(uuid, COMPLETED[9] ?? {});
      await page.clock.runFor(5000);
      await step(page, 'Task decommitment').getByText('Completed').waitFor();
      await page.locator('h1 + .task-status').getByText('Task decommitment completed').waitFor();
      // Requests that are under way may be followed by one more.
      for (let before = -1; before !== asked.length; ) {
        before = asked.length;
        await page.clock.runFor(10_000);
        await page.evaluate(() => fetch('/is-alive').then(() => undefined));
      }
      asked.length = 0;
      await page.clock.runFor(120_000);
      expect(asked).toEqual([]);
    }));

  it('5: makes at most 14 requests a minute, also while the task changes', () =>
    withPage(async (page) => {
      const { create, report } = await actor();
      const uuid = await create();
      let asked = 0;
      page.on('request', (request) => {
        if (/\/tasks/.test(request.url())) asked += 1;
      });
      await page.clock.install();
      await open(page, uuid);
      await step(page, 'Dry run').getByText('Not started').waitFor();
      const clock = () => page.evaluate(() => performance.now());
      const start = await clock();
      asked = 0;
      for (let second = 0; second < 60; second += 6) {
        await report(uuid, COMPLETED[second / 6] ?? {});
        for (let passed = 0; passed < 6; passed += 1) {
          await page.clock.runFor(1000);
          // The answers come from a real server.
          await page.evaluate(() => fetch('/is-alive'));
        }
      }
      expect(asked).toBeGreaterThan(5);
      // The clock also moves while the test waits for answers. 14 a minute are two, and one more per 5 seconds.
      expect(asked).toBeLessThanOrEqual(2 + ((await clock()) - start) / 5000);
    }));

  it('says that a part could not be loaded, and loads it again', () =>
    withPage(async (page) => {
      const uuid = await (await actor()).create(COMPLETED);
      await page.route(/state_transitions/, (route) => route.abort());
      await open(page, uuid);
      await page.getByText('A part of the task could not be loaded.').waitFor();
      await page.unroute(/state_transitions/);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.locator('.step').nth(5).locator('time').nth(1).waitFor();
      expect(await page.getByText('A part of the task').count()).toBe(0);
    }));
});
