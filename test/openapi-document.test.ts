/** Faults of OpenAPI documents that break clients, generators or mocks; each test finds one kind of them. */
import { describe, expect, it } from 'vitest';
import type { oas31 } from 'zod-openapi';
import { hdpDocument } from '../src/hdp/openapi.ts';
import { PAGE_PATHS } from '../src/http/pages.ts';
import { servicesDocument } from '../src/services/openapi.ts';
import { createTestGateway } from './support/gateway.ts';
import { operationsOf } from './support/openapi/recorder.ts';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** Returns all objects in a JSON value, with their paths. Examples are data, not parts of the document. */
function objectsIn(value: unknown, path: string): [path: string, object: Json][] {
  if (!isObject(value)) return [];
  const children = Object.entries(value).filter(([key]) => key !== 'example' && key !== 'examples');
  return [[path, value], ...children.flatMap(([key, child]) => objectsIn(child, `${path}/${key}`))];
}

/** Returns all objects in a part of a document, and in the schemas that it refers to. */
function reachableFrom(document: oas31.OpenAPIObject, start: unknown): [path: string, object: Json][] {
  const seen = new Set<string>();
  const visit = (value: unknown, path: string): [string, Json][] =>
    objectsIn(value, path).flatMap(([at, object]): [string, Json][] => {
      const { $ref } = object;
      if (typeof $ref !== 'string' || seen.has($ref)) return [[at, object]];
      seen.add($ref);
      const id = $ref.split('/').at(-1) ?? '';
      return [[at, object], ...visit(document.components?.schemas?.[id], id)];
    });
  return visit(start, '');
}

const pathsOf = (found: [path: string, object: Json][]) => found.map(([path]) => path);

/** True for a value that needs no name: no object, and no array of unnamed objects. */
const isSimple = ({ type, items }: Json): boolean =>
  type === 'array'
    ? isObject(items) && ('$ref' in items || isSimple(items))
    : [type]
        .flat()
        .every((name) => ['string', 'number', 'integer', 'boolean', 'null'].includes(String(name)));

describe.each([
  ['services', servicesDocument],
  ['hdp', hdpDocument],
])('the OpenAPI document of the %s API', (api, document) => {
  const operations = [...operationsOf(document)];
  const webhooks = Object.values(document.webhooks ?? {}).flatMap(({ post }) => (post ? [post] : []));
  const all = [...operations.map(([, { description }]) => description), ...webhooks];
  const responses = all.flatMap(({ operationId, responses = {} }) =>
    Object.entries<oas31.ResponseObject>(responses).map(
      ([status, response]) => [`${operationId} ${status}`, response] as const,
    ),
  );

  it('describes every route except the pages for people, and no other', async () => {
    const { app } = await createTestGateway();
    const routes = app.routes
      .filter(({ method, path }) => ['GET', 'POST'].includes(method) && path.startsWith(`/${api}`))
      .map(({ method, path }) => `${method} ${path.slice(api.length + 1).replace(/:(\w+)/g, '{$1}') || '/'}`);
    const pages = PAGE_PATHS.filter((path) => path !== '/').map((path) => path.replace(/:(\w+)/g, '{$1}'));
    const described = operations.map(([, { method, path }]) => `${method.toUpperCase()} ${path}`);
    const served = new Set(routes.filter((route) => !pages.some((page) => route === `GET ${page}`)));
    expect([...described].sort()).toEqual([...served].sort());
  });

  it('has a summary, a description, a tag and, for responses and parameters, an example of everything', () => {
    const tags = document.tags?.map(({ name }) => name) ?? [];
    for (const { operationId = '', summary, description, tags: own, parameters = [], requestBody } of all) {
      expect([summary, description], operationId).toEqual([expect.any(String), expect.any(String)]);
      expect(own, operationId).toEqual([expect.toBeOneOf(tags)]);
      const missing = parameters.filter((parameter) => !('example' in parameter) || !parameter.description);
      expect(missing, operationId).toEqual([]);
      if (requestBody && 'content' in requestBody)
        expect(requestBody.content['application/json'], operationId).toHaveProperty('example');
    }
    for (const [name, { description, headers = {}, content = {} }] of responses) {
      expect(description, name).toBeTruthy();
      for (const [header, described] of Object.entries(headers)) {
        if ('required' in described && described.required)
          expect(described, `${name} ${header}`).toHaveProperty('example');
      }
      const [first] = Object.values(content);
      if (first) expect(first, name).toHaveProperty('example');
      for (const [type, media] of Object.entries(content)) {
        expect(media.schema, `${name} ${type}`).toBeDefined();
      }
    }
  });

  it('has operation ids from which generators derive no equal names', () => {
    const ids = all.map(({ operationId = '' }) => operationId);
    // orval derives getXUrl from the operation X.
    const derived = ids.map((id) => `get${id.charAt(0).toUpperCase()}${id.slice(1)}Url`);
    const names = [...ids, ...derived].map((name) => name.toLowerCase());
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z][A-Za-z]+$/.test(id))).toEqual([]);
  });

  it('has no integer without a format that holds it, and no limit of JavaScript as minimum', () => {
    const integers = objectsIn(document, '').filter(([, { type }]) => type === 'integer');
    expect(integers.length).toBeGreaterThan(5);
    for (const [path, { minimum, maximum, format }] of integers) {
      const isSmall = typeof maximum === 'number' && maximum <= 2 ** 31 - 1;
      const isHeaderOfSeconds = path.includes('/Retry-After/');
      expect(format, path).toBe(isSmall || isHeaderOfSeconds ? 'int32' : 'int64');
      expect(minimum, path).not.toBe(Number.MIN_SAFE_INTEGER);
    }
  });

  it('has a name for every variant that is an object, and for every list of values that occurs twice', () => {
    const found = objectsIn(document, '');
    const unnamed = found.flatMap(([path, { oneOf, anyOf, properties }]) =>
      properties === undefined
        ? [oneOf, anyOf]
            .flatMap((variants) => (Array.isArray(variants) ? variants : []))
            .filter((variant) => isObject(variant) && !('$ref' in variant) && !isSimple(variant))
            .filter((variant) => variant.additionalProperties === undefined)
            .map(() => path)
        : [],
    );
    expect(unnamed).toEqual([]);
    const lists = found.flatMap(([, { enum: values }]) =>
      Array.isArray(values) && values.length > 3 ? [JSON.stringify(values)] : [],
    );
    expect(lists.filter((list, index) => lists.indexOf(list) !== index)).toEqual([]);
  });

  it('has no default in a request body, because generators then require the member', () => {
    const bodies = all.map(({ requestBody }) => requestBody);
    const found = reachableFrom(document, bodies);
    expect(found.length).toBeGreaterThan(10);
    expect(pathsOf(found.filter(([, object]) => 'default' in object))).toEqual([]);
  });

  it('allows new members in every object of a response or webhook', () => {
    const received = [responses.map(([, { content }]) => content), webhooks];
    const closed = reachableFrom(document, received).filter(
      ([, object]) => object.additionalProperties === false,
    );
    expect(pathsOf(closed)).toEqual([]);
  });

  it('describes 405 and 421 for every operation that they can reach', () => {
    for (const [id, { description }] of operations) {
      const statuses = Object.keys(description.responses ?? {});
      expect(statuses, id).toContain('405');
      // The health check is answered on any host.
      if (id !== 'isAlive') expect(statuses, id).toContain('421');
    }
  });

  it('has the origin of the request as its only server, without a slash at the end', async () => {
    const { app } = await createTestGateway();
    for (const origin of [`http://${api}.test`, `https://${api}.test:8443`]) {
      const response = await app.request(`${origin}/openapi.json`);
      expect(await response.json()).toMatchObject({ openapi: '3.1.0', servers: [{ url: origin }] });
    }
  });
});

describe('the OpenAPI document of the services API', () => {
  it('shows the code and the name of each error', () => {
    for (const [id, { description }] of operationsOf(servicesDocument)) {
      for (const [status, response] of Object.entries<oas31.ResponseObject>(description.responses ?? {})) {
        const example: unknown = Object.values(response.content ?? {})[0]?.example;
        if (Number(status) < 400 || status === '421' || example === undefined) continue;
        expect(example, `${id} ${status}`).toMatchObject({
          error: { code: expect.any(Number), name: expect.any(String) },
        });
      }
    }
  });
});
