/** The API reference at /docs of each host. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hdpDocument } from '../../src/hdp/openapi.ts';
import { servicesDocument } from '../../src/services/openapi.ts';
import { expectAccessible } from './support/accessible.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { countDocuments, openAll } from './support/reference.ts';
import { useWebServer } from './support/server.ts';

const APIS = ['hdp', 'services'] as const;
const DOCUMENTS = { hdp: hdpDocument, services: servicesDocument };

describe.skipIf(!hasBrowser)('the API reference', () => {
  const server = useWebServer({ demo: true });

  describe.each(APIS)('of %s', (api) => {
    const { info } = DOCUMENTS[api];
    const open = async (page: Page, hash = '') => {
      await page.goto(`${server()[api]}/docs${hash}`);
      await page.getByRole('heading', { level: 1, name: info.title }).waitFor();
    };

    // axe takes long on an opened reference, so each API is opened in one view.
    const views = [
      { colorScheme: 'light', width: 1280, isOpened: api === 'hdp' },
      { colorScheme: 'dark', width: 360, isOpened: api === 'services' },
    ] as const;
    it.each(views)(
      'has no violation of WCAG 2.2 AA, $colorScheme at $width px',
      ({ colorScheme, width, isOpened }) =>
        withPage(
          async (page) => {
            await open(page);
            await expectAccessible(page, 'They are kept in memory only', 'Compatibility.');
            if (!isOpened) return;
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
        expect(texts.filter((text) => !isIn(squeeze(shown), text))).toEqual([]);
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
        await heading.waitFor();
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
        const documents = countDocuments(page);
        await page.goto(server().hdp);
        await page.getByRole('link', { name: 'API reference' }).click();
        await page.getByRole('heading', { level: 1, name: hdpDocument.info.title }).waitFor();
        await page.goBack();
        await page.getByRole('heading', { level: 1, name: 'Tasks' }).waitFor();
        expect(documents()).toBe(1);
      }));
  });
});

const squeeze = (text: string) => text.replaceAll(/\s+/g, ' ');

/** Words of constraints stand for these numbers. */
const WORDED = new Set([Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER]);

/** Keywords whose words are those of the reference, and references, whose objects are shown. */
const NOT_SHOWN = new Set(['$ref', 'in', 'scheme', 'url']);

const MAPS = 'properties schemas securitySchemes headers paths responses content mapping'.split(' ');

/**
 * Returns the texts of a document that a reader must find: keys with free names, and values.
 * @param isKeyword false if the key is a free name, such as that of a property
 */
function textsOf(value: unknown, key = '', isKeyword = true): string[] {
  if ((isKeyword && NOT_SHOWN.has(key)) || value === null || typeof value === 'boolean') return [];
  if (typeof value === 'number') return WORDED.has(value) ? [] : [String(value)];
  if (typeof value === 'string') return value.split(/`|\*\*|^- |\n\n/m).map((part) => squeeze(part).trim());
  const isMap = isKeyword && !Array.isArray(value) && MAPS.includes(key);
  const names = isMap ? Object.keys(value ?? {}) : [];
  if (isMap && key === 'mapping') return names;
  return [...names, ...Object.entries(value ?? {}).flatMap(([name, held]) => textsOf(held, name, !isMap))];
}

/** True if a page shows a text as it is, or within JSON. */
const isIn = (shown: string, text: string) =>
  shown.includes(text) || shown.includes(JSON.stringify(text).slice(1, -1));
