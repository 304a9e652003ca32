import { describe, expect, it } from 'vitest';
import { hdpDocument } from '../../../src/hdp/openapi.ts';
import { expectAccessible } from '../support/accessible.ts';
import { hasBrowser, withPage } from '../support/browser.ts';
import { countDocuments, openAll } from '../support/reference.ts';
import { useWebServer } from '../support/server.ts';

describe.skipIf(!hasBrowser)('the states of the API reference', () => {
  const server = useWebServer();
  it('says that it is loading, and why it failed; Try again loads it', () =>
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
      await expectAccessible(page, 'No answer');
      await page.unroute('**/openapi.json');
      await page.route('**/openapi.json', (route) => route.fulfill({ body: '[]' }));
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByText('The server did not send an OpenAPI document.').waitFor();
      await page.unroute('**/openapi.json');
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('heading', { level: 1, name: hdpDocument.info.title }).waitFor();
    }));

  it('reloads a tab once whose chunk is gone, and then offers Try again (requirement 30)', () =>
    withPage(async (page) => {
      const documents = countDocuments(page);
      await page.route('**/ui/reference-*.js', (route) => route.fulfill({ status: 404 }));
      await page.goto(server().hdp);
      await page.getByRole('link', { name: 'API reference' }).click();
      await page.getByText('Cannot load the API reference').waitFor();
      expect(documents()).toBe(2);
      expect(page.url()).toBe(`${server().hdp}/docs`);
      await page.unroute('**/ui/reference-*.js');
      await page.getByRole('button', { name: 'Try again' }).click();
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
      expect(await page.locator('main h1').textContent()).toContain(markup);
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
