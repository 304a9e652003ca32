/** Requirement 16 of the pages: an answer that arrives after the reader did something else has no effect. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { addServicesTasks } from '../support/gateway.ts';
import { aServicesTask } from '../support/tasks.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { delayNext } from './support/delay.ts';
import { useWebServer } from './support/server.ts';
import { clickTwice, DEMO_TOKEN, openAsAdmin } from './support/sign-in.ts';

describe.skipIf(!hasBrowser)('a late answer of the Services explorer', () => {
  const server = useWebServer({ demo: true, runTasks: false });

  /** The first of many tasks, with the file of its run. */
  const EXPORTED = 40_001;

  beforeAll(async () => {
    const tasks = Array.from({ length: 120 }, (_, at) => aServicesTask({ id: EXPORTED + at }));
    await addServicesTasks(server().gateway.store, ...tasks);
    const url = `http://services.localhost/tasks/${EXPORTED}/execute`;
    const headers = { authorization: `Bearer ${DEMO_TOKEN}` };
    expect(await (await server().gateway.fetch(url, { method: 'POST', headers })).json()).toMatchObject({
      code: 'DONE',
    });
  });

  it('16: does not undo a sign-out', () =>
    withPage(async (page) => {
      await openAsAdmin(page, server().services);
      const late = await delayNext(page, '/session');
      await page.getByLabel('Chain').selectOption('1743');
      await late.answered();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await late.release();
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Sign in');
      expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
    }));

  it('16: does not undo a newer choice of a chain', () =>
    withPage(async (page) => {
      await openAsAdmin(page, server().services);
      const late = await delayNext(page, '/session');
      await page.getByLabel('Chain').selectOption('1743');
      await late.answered();
      const newer = page.waitForResponse('**/session');
      await page.getByLabel('Chain').selectOption('1764');
      await newer;
      await late.release();
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Tasks of chain 1764');
      expect(await page.getByLabel('Chain').inputValue()).toBe('1764');
    }));

  it('3: does not move the reader from the page that was opened meanwhile', () =>
    withPage(async (page) => {
      await openAsAdmin(page, `${server().services}/?view=create`);
      await page.getByLabel('Description').fill('Late');
      const late = await delayNext(page, '/tasks');
      await page.getByRole('button', { name: 'Create the export' }).click();
      await late.answered();
      await page.getByRole('link', { name: 'Tasks', exact: true }).click();
      await page.getByRole('heading', { name: 'Tasks of chain 1764' }).waitFor();
      await late.release();
      expect(new URL(page.url()).pathname).toBe('/');
    }));

  const departures: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
    'a sign-out': async (page) => {
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    },
    'a switch of the chain': async (page) => {
      await page.getByLabel('Chain').selectOption('1743');
      await page.getByRole('heading', { name: 'Tasks of chain 1743' }).waitFor();
    },
    'another view': async (page) => {
      const pages = page.getByRole('navigation', { name: 'Pages' });
      await pages.getByRole('link', { name: 'New export' }).click();
      await page.getByRole('heading', { name: 'New export' }).waitFor();
    },
  };

  it.each(Object.entries(departures))('16, 27: saves no file after %s between its pages', (_, leave) =>
    withPage(async (page) => {
      await openAsAdmin(page, server().services);
      await page.evaluate(() => {
        const create = URL.createObjectURL;
        URL.createObjectURL = (blob) => {
          Reflect.set(window, 'hasSaved', true);
          return create.call(URL, blob);
        };
      });
      const save = page.getByRole('button', { name: 'NDJSON', exact: true });
      await save.waitFor();
      const late = await delayNext(page, 'offset=100');
      await save.click();
      await late.answered();
      await leave(page);
      await late.release();
      expect(await page.evaluate(() => Reflect.get(window, 'hasSaved'))).toBeUndefined();
    }),
  );

  it.each(Object.entries(departures))('17: opens no download after %s', (_, leave) =>
    withPage(async (page) => {
      await openAsAdmin(page, `${server().services}/task/${EXPORTED}`);
      await page.evaluate(() => {
        HTMLAnchorElement.prototype.click = () => void Reflect.set(window, 'hasOpened', true);
      });
      const download = page.getByRole('button', { name: 'Download User_Export' });
      await download.waitFor();
      const late = await delayNext(page, 'download_url');
      await download.click();
      await late.answered();
      await leave(page);
      await late.release();
      expect(await page.evaluate(() => Reflect.get(window, 'hasOpened'))).toBeUndefined();
    }),
  );

  it('17: a double click requests one download', () =>
    withPage(async (page) => {
      await openAsAdmin(page, `${server().services}/task/${EXPORTED}`);
      const requests: string[] = [];
      page.on('request', (request) => {
        if (request.url().includes('download_url')) requests.push(request.url());
      });
      const file = page.waitForEvent('download');
      await clickTwice(page.getByRole('button', { name: 'Download User_Export' }));
      await file;
      expect(requests).toHaveLength(1);
    }));
});
