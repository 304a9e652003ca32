/** The API reference at /docs of each host. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the shell.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { demoAccess } from '../../src/demo/seeds.ts';
import { hdpDocument } from '../../src/hdp/openapi.ts';
import { servicesDocument } from '../../src/services/openapi.ts';
import { expectAccessible } from './support/accessible.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { useWebServer } from './support/server.ts';

const APIS = ['hdp', 'services'] as const;
const DOCUMENTS = { hdp: hdpDocument, services: servicesDocument };

/** Opens all sections, and those in them. */
async function openAll(page: Page): Promise<void> {
  for (let depth = 0; depth < 3; depth++)
    await page.evaluate(async () => {
      for (const details of document.querySelectorAll('details')) details.open = true;
      // The event `toggle` comes before the next frame but one.
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    });
}

const titleOf = (page: Page) => page.locator('main h1').textContent();

describe.skipIf(!hasBrowser)('the API reference', () => {
  const server = useWebServer({ demo: true });

  describe.each(APIS)('of %s', (api) => {
    const { info } = DOCUMENTS[api];
    const open = async (page: Page, hash = '') => {
      await page.goto(`${server()[api]}/docs${hash}`);
      await page.getByRole('heading', { level: 1, name: info.title }).waitFor();
    };

    const views = (['light', 'dark'] as const).flatMap((colorScheme) =>
      [1280, 360].map((width) => ({ colorScheme, width })),
    );
    it.each(views)('has no violation of WCAG 2.2 AA, $colorScheme at $width px', ({ colorScheme, width }) =>
      withPage(
        async (page) => {
          await open(page);
          await expectAccessible(page, 'List tasks', 'Credentials', 'Schemas');
          await openAll(page);
          await expectAccessible(page, 'This request changes data.', 'X-Request-Id');
        },
        { colorScheme, viewport: { width, height: 800 } },
      ),
    );

    it('shows every text, name, value and constraint of the document', () =>
      withPage(async (page) => {
        await open(page);
        await openAll(page);
        const shown = await page.evaluate(() => {
          const fields = [...document.querySelectorAll('main input, main textarea')];
          return [
            document.querySelector('main')?.textContent,
            ...fields.map((field) => field.getAttribute('placeholder')),
          ].join('\n');
        });
        const texts = textsOf(DOCUMENTS[api]);
        expect(texts.length).toBeGreaterThan(300);
        expect(texts.filter((text) => !squeeze(shown).includes(text))).toEqual([]);
      }));

    it('fits into 360 px, with targets of 24 px or more (requirement 25)', () =>
      withPage(
        async (page) => {
          await open(page);
          await openAll(page);
          const { width, small } = await page.evaluate(() => ({
            width: document.documentElement.scrollWidth,
            small: [
              ...document.querySelectorAll(
                'main button, main input, main select, main textarea, main summary, nav a',
              ),
            ]
              .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < 24)
              .map((element) => element.outerHTML),
          }));
          expect(width).toBe(360);
          expect(small).toEqual([]);
        },
        { viewport: { width: 360, height: 740 } },
      ));

    it('opens at the operation of its address, also after a reload (requirement 2)', () =>
      withPage(async (page) => {
        await open(page, '#getTask'.concat(api === 'hdp' ? 'Details' : ''));
        const heading = page.getByRole('heading', {
          level: 3,
          name: api === 'hdp' ? 'Get all details of a task' : 'Get a task and its log',
        });
        const top = async () => (await heading.boundingBox())?.y ?? Number.NaN;
        await expect.poll(top).toBeLessThan(100);
        expect(await top()).toBeGreaterThan(-1);
        await page.reload();
        await expect.poll(top).toBeLessThan(100);
      }));

    it('loads nothing but its own files and the document', () =>
      withPage(async (page) => {
        const urls: string[] = [];
        page.on('request', (request) => urls.push(request.url()));
        await open(page);
        await openAll(page);
        const allowed = [`${server()[api]}/docs`, `${server()[api]}/openapi.json`];
        expect(
          urls.filter((url) => !allowed.includes(url) && !url.startsWith(`${server()[api]}/ui/`)),
        ).toEqual([]);
      }));
  });

  describe('navigation', () => {
    it('leads to every operation, webhook, scheme and schema', () =>
      withPage(async (page) => {
        for (const api of APIS) {
          await page.goto(`${server()[api]}/docs`);
          const links = page.getByRole('navigation', { name: 'Contents of the reference' }).getByRole('link');
          await links.first().waitFor();
          const hashes = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')));
          const { paths = {}, webhooks = {}, components } = DOCUMENTS[api];
          const operations = [...Object.values(paths), ...Object.values(webhooks)].flatMap(({ get, post }) =>
            [get, post].flatMap((operation) => operation?.operationId ?? []),
          );
          expect(hashes).toEqual(
            expect.arrayContaining([
              ...operations.map((id) => `#${id}`),
              ...Object.keys(components?.schemas ?? {}).map((name) => `#schema-${name}`),
              ...Object.keys(components?.securitySchemes ?? {}).map((name) => `#security-${name}`),
            ]),
          );
          const missing = await page.evaluate(
            (all) => all.filter((hash) => !document.querySelector(hash ?? '')),
            hashes,
          );
          expect(missing).toEqual([]);
        }
      }));

    it('marks the section that is being read', () =>
      withPage(async (page) => {
        await page.goto(`${server().hdp}/docs`);
        await page.getByRole('link', { name: 'Retry a failed task' }).first().click();
        await page
          .locator('nav.contents a[aria-current=location]', { hasText: 'Retry a failed task' })
          .waitFor();
        await page.goBack();
        await expect.poll(() => page.evaluate(() => scrollY)).toBe(0);
      }));

    it('comes from the explorer and goes back without a new document', () =>
      withPage(async (page) => {
        let documents = 0;
        page.on('request', (request) => void (documents += request.isNavigationRequest() ? 1 : 0));
        await page.goto(server().hdp);
        await page.getByRole('link', { name: 'API reference' }).click();
        await page.getByRole('heading', { level: 1, name: hdpDocument.info.title }).waitFor();
        await page.goBack();
        await page.getByRole('heading', { level: 1, name: 'Tasks' }).waitFor();
        expect(documents).toBe(1);
      }));
  });

  describe('Try it', () => {
    const operation = (page: Page, id: string) => page.locator(`article#${id}`);
    /** Opens the form of an operation. */
    const open = async (page: Page, api: (typeof APIS)[number], id: string) => {
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
        expect(await section.locator('.result').textContent()).toContain('"Received"');
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
        await send.click();
        await send.click();
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
        expect((await download).suggestedFilename()).toBe('body');
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

  describe('states', () => {
    it('says that it is loading, and why it failed; Retry loads it', () =>
      withPage(async (page) => {
        let fail = () => {};
        const asked = new Promise<void>((resolve) => {
          fail = resolve;
        });
        await page.route('**/openapi.json', async (route) => {
          await asked;
          await route.abort();
        });
        await page.goto(`${server().hdp}/docs`);
        await page.getByText('Loading the API reference…').waitFor();
        fail();
        await expectAccessible(page, 'Cannot reach the server');
        await page.unroute('**/openapi.json');
        await page.route('**/openapi.json', (route) => route.fulfill({ body: '[]' }));
        await page.getByRole('button', { name: 'Retry' }).click();
        await page.getByText('The server did not send an OpenAPI document.').waitFor();
        await page.unroute('**/openapi.json');
        await page.getByRole('button', { name: 'Retry' }).click();
        await page.getByRole('heading', { level: 1, name: hdpDocument.info.title }).waitFor();
      }));

    it('reloads a tab once whose chunk is gone, and then offers Retry (requirement 30)', () =>
      withPage(async (page) => {
        let documents = 0;
        page.on('request', (request) => void (documents += request.isNavigationRequest() ? 1 : 0));
        await page.route('**/ui/reference-*.js', (route) => route.fulfill({ status: 404 }));
        await page.goto(server().hdp);
        await page.getByRole('link', { name: 'API reference' }).click();
        await page.getByText('Cannot load the API reference').waitFor();
        expect(documents).toBe(2);
        expect(page.url()).toBe(`${server().hdp}/docs`);
        await page.unroute('**/ui/reference-*.js');
        await page.getByRole('button', { name: 'Retry' }).click();
        await page.getByRole('heading', { level: 1, name: hdpDocument.info.title }).waitFor();
      }));

    it('shows markup in a document as text (requirement 18)', () =>
      withPage(async (page) => {
        const markup = '<img src=x onerror=alert(1)> `<b>` "\'';
        const info = {
          title: markup,
          version: markup,
          description: markup,
          contact: { name: 'x', url: 'javascript:alert(1)' },
        };
        const schema = { type: 'string', description: markup, examples: [markup], enum: [markup] };
        const parameters = [{ in: 'query', name: markup, description: markup, schema }];
        const get = {
          operationId: 'a"b',
          summary: markup,
          description: markup,
          parameters,
          responses: { 200: { description: markup } },
        };
        const body = {
          openapi: '3.1.0',
          info,
          paths: { [markup]: { get } },
          components: { schemas: { [markup]: schema } },
        };
        await page.route('**/openapi.json', (route) => route.fulfill({ body: JSON.stringify(body) }));
        await page.goto(`${server().hdp}/docs`);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await openAll(page);
        expect(await titleOf(page)).toContain(markup);
        expect(await page.locator('main img, main b').count()).toBe(0);
        expect(await page.locator('a[href^=javascript]').count()).toBe(0);
      }));

    it('names the keywords that it does not show', () =>
      withPage(async (page) => {
        const schemas = { Task: { type: 'array', contains: {} } };
        const body = { openapi: '3.1.0', info: { title: 'Test', version: '1' }, components: { schemas } };
        await page.route('**/openapi.json', (route) => route.fulfill({ body: JSON.stringify(body) }));
        await page.goto(`${server().hdp}/docs`);
        await page.getByText('Only in openapi.json, not on this page: schema.contains').waitFor();
      }));
  });
});

const squeeze = (text: string) => text.replaceAll(/\s+/g, ' ');

/** Words of constraints stand for these numbers. */
const WORDED = new Set([Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER]);

/** Keywords whose words are those of the reference, and references, whose objects are shown. */
const NOT_SHOWN = new Set(['$ref', 'in', 'style']);

/** Returns the texts of a document that a reader must find: keys with free names, and values. */
function textsOf(value: unknown, key = ''): string[] {
  if (NOT_SHOWN.has(key) || value === null || typeof value === 'boolean') return [];
  if (typeof value === 'number') return WORDED.has(value) ? [] : [String(value)];
  if (typeof value === 'string')
    return key === 'url' ? [] : value.split('`').map((part) => squeeze(part).trim());
  const names = [
    'properties',
    'schemas',
    'securitySchemes',
    'headers',
    'paths',
    'responses',
    'content',
  ].includes(key);
  return [
    ...(names ? Object.keys(value ?? {}) : []),
    ...Object.entries(value ?? {}).flatMap(([name, held]) => textsOf(held, name)),
  ];
}
