import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { addServicesTasks, asChain, createTestGateway } from './support/gateway.ts';
import { expectDocumented } from './support/openapi/documented.ts';
import { aServicesTask } from './support/tasks.ts';

/** The parts of an OpenAPI document that the tests read. */
interface Document {
  openapi: string;
  components: { schemas: Record<string, { enum?: string[] }> };
  paths: { '/tasks': { get: { parameters: { name: string; in: string; schema: object }[] } } };
}

async function documents() {
  const { app } = await createTestGateway();
  const get = async (host: string): Promise<Document> => {
    const response = await app.request(`http://${host}/openapi.json`);
    return JSON.parse(await response.text());
  };
  return { services: await get('services.test'), hdp: await get('hdp.test') };
}

describe('GET /openapi.json', () => {
  it('is a valid OpenAPI 3.1 document on each host', async () => {
    for (const document of Object.values(await documents())) {
      const result = await new Validator().validate({ ...structuredClone(document) });
      expect(result).toEqual({ valid: true });
      expect(document.openapi).toBe('3.1.0');
    }
  });

  it('needs no credentials, and answers 304 to a client that has the document', async () => {
    const { app } = await createTestGateway();
    for (const host of ['services.test', 'hdp.test']) {
      const url = `http://${host}/openapi.json`;
      const { status, headers } = await app.request(url);
      expect([status, headers.get('cache-control'), headers.get('vary')]).toEqual([200, 'no-cache', null]);
      const etag = headers.get('etag') ?? '';
      const known = await app.request(url, { headers: { 'If-None-Match': etag } });
      expect([known.status, await known.text(), known.headers.get('etag')]).toEqual([304, '', etag]);
      expect((await app.request(url, { headers: { 'If-None-Match': '"other"' } })).status).toBe(200);
    }
  });

  it('describes only the API of the host', async () => {
    const { services, hdp } = await documents();
    const parameters = (document: Document) =>
      document.paths['/tasks'].get.parameters
        .filter((parameter) => parameter.in === 'query')
        .map((parameter) => parameter.name);
    expect(parameters(services)).toEqual(['status', 'action', 'campaign_id', 'limit', 'offset']);
    expect(parameters(hdp)).toEqual(['hdp_tasks_page', 'hdp_tasks_per_page', 'hdp_tasks_search']);
    expect(JSON.stringify(services)).not.toMatch(/hdp|herodotus/i);
    expect(JSON.stringify(hdp)).not.toMatch(/spaaza|loyalty|campaign/i);
  });

  it('has the ranges and defaults that requests are validated against', async () => {
    const { services, hdp } = await documents();
    const schema = (document: Document, name: string) =>
      document.paths['/tasks'].get.parameters.find((parameter) => parameter.name === name)?.schema;
    expect(schema(services, 'limit')).toMatchObject({
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      default: 100,
    });
    expect(schema(services, 'offset')).toMatchObject({ type: 'integer', minimum: 0, default: 0 });
    expect(schema(services, 'status')).toMatchObject({ $ref: '#/components/schemas/Status' });
    expect(services.components.schemas.Status?.enum).toEqual(['READY', 'INPROGRESS', 'DONE', 'ERROR']);
    expect(schema(hdp, 'hdp_tasks_page')).toMatchObject({ type: 'integer', minimum: 1, default: 1 });
    expect(schema(hdp, 'hdp_tasks_per_page')).toMatchObject({
      type: 'integer',
      minimum: 1,
      maximum: 100,
      default: 10,
    });
    expect(schema(hdp, 'hdp_tasks_search')).toMatchObject({ type: 'string', maxLength: 200, default: '' });
  });

  it('does not match a response that it does not describe', async () => {
    const { app, store } = await createTestGateway();
    await addServicesTasks(store, aServicesTask({ chain: 1 }));
    const url = 'http://services.test/tasks';
    const response = await app.request(url, { headers: await asChain(store, 1) });
    const text = await response.text();
    expectDocumented(url, response, text);
    expect(() => expectDocumented(url, response, text.replace('"logs":null', '"logs":1'))).toThrow();
    expect(() => expectDocumented(url, response, text.replace('"id"', '"ID"'))).toThrow();
  });
});
