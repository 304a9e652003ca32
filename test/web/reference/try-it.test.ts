/** Requests that are sent from the API reference. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the shell.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { demoAccess } from '../../../src/demo/seeds.ts';
import { hasBrowser, withPage } from '../support/browser.ts';
import { useWebServer } from '../support/server.ts';

describe.skipIf(!hasBrowser)('Try it', () => {
  const server = useWebServer({ demo: true });
  const operation = (page: Page, id: string) => page.locator(`article#${id}`);
  /** Opens the form of an operation. */
  const open = async (page: Page, api: 'hdp' | 'services', id: string) => {
    await page.goto(`${server()[api]}/docs#${id}`);
    await operation(page, id).locator('summary', { hasText: 'Try it' }).click();
    return operation(page, id);
  };
  const type = async (page: Page, scheme: string, secret: string) =>
    page.getByLabel(`Value of ${scheme}`).fill(secret);

  it('sends a read with its parameters, and shows status, headers and body', () =>
    withPage(async (page) => {
      const section = await open(page, 'hdp', 'listTasks');
      await section.getByLabel('hdp_tasks_per_page').fill('2');
      expect(await section.locator('.code', { hasText: 'curl' }).first().textContent()).toContain(
        `curl -i '${server().hdp}/tasks?hdp_tasks_per_page=2'`,
      );
      const response = page.waitForResponse('**/tasks?*');
      await section.getByRole('button', { name: 'Send' }).click();
      expect((await response).url()).toBe(`${server().hdp}/tasks?hdp_tasks_per_page=2`);
      await section
        .getByRole('status')
        .filter({ hasText: /^200 OK in \d/ })
        .waitFor();
      expect(await section.locator('.result').textContent()).toMatch(/content-type: application\/json/);
      expect(await section.locator('.result').textContent()).toContain('"perPage": 2');
    }));

  it('works with the keyboard alone', () =>
    withPage(async (page) => {
      await page.goto(`${server().hdp}/docs#isAlive`);
      await operation(page, 'isAlive').getByRole('link', { name: 'Check the health' }).focus();
      for (const name of ['Try it', 'Send']) {
        const focused = page.locator(':focus', { hasText: name });
        for (let tabs = 0; tabs < 40 && (await focused.count()) === 0; tabs++)
          await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
      }
      await operation(page, 'isAlive').getByRole('status').filter({ hasText: '200 OK' }).waitFor();
      expect(await page.locator(':focus').textContent()).toBe('Send');
    }));

  it('sends a write with the credentials of the page, and keeps them out of page, storage, address and command', () =>
    withPage(async (page) => {
      const secret = demoAccess().keys.find(({ role }) => role === 'client')?.key ?? expect.unreachable();
      const section = await open(page, 'hdp', 'createTask');
      expect(await section.textContent()).toContain('This request changes data.');
      const send = section.getByRole('button', { name: 'Send' });
      const status = section.getByRole('status');
      await send.click();
      await status.filter({ hasText: '401 Unauthorized' }).waitFor();
      await type(page, 'client', secret);
      await send.click();
      await status.filter({ hasText: '200 OK' }).waitFor();
      expect(await section.locator('.result').textContent()).toContain('"accepted"');
      const kept = await page.evaluate(async () => [
        document.documentElement.outerHTML,
        location.href,
        JSON.stringify({ ...localStorage, ...sessionStorage }),
        document.cookie,
        ...(await caches.keys()),
      ]);
      expect(kept.join('\n')).not.toContain(secret);
      expect(kept[0]).toContain('X-API-KEY: ${X_API_KEY}');
      await page.reload();
      await page.getByLabel('Value of client').waitFor();
      expect(await page.getByLabel('Value of client').inputValue()).toBe('');
    }));

  it('takes a secret with Enter, in a masked field that is none of a login', () =>
    withPage(async (page) => {
      await page.goto(`${server().hdp}/docs`);
      await type(page, 'client', 'secret');
      const field = page.getByLabel('Value of client');
      await field.press('Enter');
      await page.getByText('The requests of this page use this value of client.').waitFor();
      expect(new URL(page.url()).pathname).toBe('/docs');
      expect(await field.inputValue()).toBe('secret');
      expect(await field.getAttribute('type')).toBe('text');
      const masked = await field.evaluate((input) =>
        getComputedStyle(input).getPropertyValue('-webkit-text-security'),
      );
      expect(masked).toBe('disc');
    }));

  it('takes either a token or an admin session', () =>
    withPage(async (page) => {
      const { tokens, sessions, admins } = demoAccess();
      const token = tokens[0] ?? expect.unreachable();
      const section = await open(page, 'services', 'listTasks');
      const send = section.getByRole('button', { name: 'Send' });
      const status = section.getByRole('status');
      await type(page, 'privileged', `${token.id}:${token.secret}`);
      await send.click();
      await status.filter({ hasText: '200 OK' }).waitFor();
      await type(page, 'privileged', '');
      await send.click();
      await status.filter({ hasText: '401 Unauthorized' }).waitFor();
      const session = sessions[0] ?? expect.unreachable();
      const admin = admins.find(({ user }) => user === session.user) ?? expect.unreachable();
      await type(page, 'adminUser', String(session.user));
      await type(page, 'adminKey', session.key);
      await type(page, 'adminChain', String(admin.chain));
      await send.click();
      await status.filter({ hasText: '200 OK' }).waitFor();
      expect(await section.locator('.code', { hasText: 'curl' }).first().textContent()).toContain(
        'X-Spaaza-Session-Key: ${X_SPAAZA_SESSION_KEY}',
      );
    }));

  it('sends once, however often the button is clicked', () =>
    withPage(async (page) => {
      let requests = 0;
      let answer = () => {};
      const asked = new Promise<void>((resolve) => {
        answer = resolve;
      });
      await page.route('**/is-alive', async (route) => {
        requests++;
        await asked;
        await route.fulfill({ status: 200, body: 'yes', contentType: 'text/plain' });
      });
      const section = await open(page, 'hdp', 'isAlive');
      const send = section.getByRole('button', { name: 'Send' });
      await send.click();
      await section.getByRole('status').filter({ hasText: 'Sending…' }).waitFor();
      for (let clicks = 0; clicks < 2; clicks++) await send.click({ force: true });
      answer();
      await section.getByRole('status').filter({ hasText: '200' }).waitFor();
      expect(requests).toBe(1);
    }));

  it('shows a large body, or one that is no text, only when asked for (requirement 20)', () =>
    withPage(async (page) => {
      const large = JSON.stringify('x'.repeat(200_000));
      await page.route('**/is-alive', (route) =>
        route.fulfill({ body: large, contentType: 'application/json' }),
      );
      const section = await open(page, 'hdp', 'isAlive');
      await section.getByRole('button', { name: 'Send' }).click();
      await section.getByText('The body has 200,002 bytes of application/json.').waitFor();
      const download = page.waitForEvent('download');
      await section.getByRole('button', { name: 'Save the body' }).click();
      expect((await download).suggestedFilename()).toMatch(/^body/);
      expect(await section.textContent()).not.toContain('xxx');
      await section.getByRole('button', { name: 'Show the body' }).click();
      await section.getByText('xxx').waitFor();
      await page.route('**/is-alive', (route) =>
        route.fulfill({ body: 'PK\u0003', contentType: 'application/zip' }),
      );
      await section.getByRole('button', { name: 'Send' }).click();
      await section.getByText('The body has 3 bytes of application/zip.').waitFor();
      expect(await section.getByRole('button', { name: 'Show the body' }).count()).toBe(0);
    }));

  it('says that the server cannot be reached', () =>
    withPage(async (page) => {
      const section = await open(page, 'hdp', 'isAlive');
      await page.route('**/is-alive', (route) => route.abort());
      await section.getByRole('button', { name: 'Send' }).click();
      await section.getByRole('status').filter({ hasText: 'No response' }).waitFor();
    }));
});
