/** Requirement 27: saving the listed HDP tasks as a file. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { addHdpTasks } from '../support/gateway.ts';
import { ulid } from '../support/tasks.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { addTasks, downFrom, taskOf } from './support/hdp-tasks.ts';
import { openWebServer, useWebServer } from './support/server.ts';

async function download(page: Page, button: string) {
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button, exact: true }).click(),
  ]);
  return { name: saved.suggestedFilename(), text: await readFile(await saved.path(), 'utf8') };
}

describe.skipIf(!hasBrowser)('saving the list', () => {
  const server = useWebServer();

  it('saves all pages, and those of the search alone', () =>
    withPage(async (page) => {
      await addTasks(server(), 1, 250);
      await addTasks(server(), 10, 12, { programName: 'vault, "a"' });
      await page.goto(`${server().hdp}/?size=10&page=3`);
      const { name, text } = await download(page, 'Save 250 of 250 tasks as NDJSON');
      expect(name).toBe('hdp-tasks.ndjson');
      const tasks = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(tasks.map(({ uuid }) => uuid)).toEqual(downFrom(250, 1).map(ulid));
      expect(tasks[249]).toEqual(taskOf(1));
      await page.getByText('Saved 250 tasks to hdp-tasks.ndjson.').waitFor();

      await page.goto(`${server().hdp}/?search=VAULT`);
      const csv = await download(page, 'Save 3 of 3 tasks with “VAULT” as CSV');
      const lines = csv.text.split('\r\n');
      expect(lines[0]).toBe(Object.keys(taskOf(1)).join(','));
      expect(lines.slice(1).map((line) => line.slice(0, 26))).toEqual([ulid(12), ulid(11), ulid(10), '']);
      expect(lines[1]).toContain(',"vault, ""a""",');
    }));

  it('writes a text that a spreadsheet would run as our export files do', () =>
    withPage(async (page) => {
      await addHdpTasks(
        server().gateway.store,
        taskOf(600, {
          programName: '=cmd|calc',
          programHash: '@x',
          taskHash: '-1,5',
          dataSourceChains: ['1'],
        }),
      );
      await page.goto(`${server().hdp}/?search=${ulid(600)}`);
      const { text } = await download(page, `Save 1 of 1 task with “${ulid(600)}” as CSV`);
      expect(text).toContain(`,"[""1""]",,,"-1,5",'@x,'=cmd|calc,,`);
    }));

  it('says that nothing was saved if a page cannot be read', () =>
    withPage(async (page) => {
      await page.goto(server().hdp);
      await page.route(/hdp_tasks_page=2/, (route) => route.abort());
      await page.getByRole('button', { name: /as CSV/ }).click();
      await page.getByText('Nothing was saved.').waitFor();
    }));

  it('names the command for more than 1,000 tasks', async () => {
    const large = await openWebServer();
    try {
      await addTasks(large, 1, 1001);
      await withPage(async (page) => {
        await page.goto(large.hdp);
        await page.getByText('taskgate export hdp').waitFor();
        await page.getByText('The list has 1,001 tasks.').waitFor();
        expect(await page.getByRole('button', { name: /^Save/ }).count()).toBe(0);
      });
    } finally {
      await large.gateway.close();
    }
  });
});
