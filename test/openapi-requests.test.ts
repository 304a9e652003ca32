import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { oas31 } from 'zod-openapi';
import { parseDateTime } from '../src/dates.ts';
import { hdpDocument } from '../src/hdp/openapi.ts';
import { servicesDocument } from '../src/services/openapi.ts';
import { asChain, asKey, createTestGateway } from './support/gateway.ts';
import { valuesOf } from './support/openapi/json-schema-arbitrary.ts';

const CHAIN = 1764;

/** A rule of a generated body. */
type Rule = Record<string, unknown>;
type ServicesBody = { chain: number; trigger: { segment?: { chain_id: number; rules: Rule[] } } };

function newTaskSchema({ components }: oas31.OpenAPIObject) {
  // The cast is safe: no schema of these documents is a reference.
  const schemas = Object.fromEntries(
    Object.entries(components?.schemas ?? {}).map(([id, schema]) => [id, schema as oas31.SchemaObject]),
  );
  return valuesOf({ $ref: '#/components/schemas/NewTask' }, schemas);
}

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
ajv.addSchema(servicesDocument, 'services');
ajv.addSchema(hdpDocument, 'hdp');
const isDescribed = (api: string, body: unknown) =>
  ajv.getSchema(`${api}#/components/schemas/NewTask`)?.(body) === true;

/** Adapts what JSON Schema cannot say: the chain, the order of two operands, and days that do not exist. */
function adapt(body: ServicesBody): ServicesBody {
  body.chain = CHAIN;
  const { segment } = body.trigger;
  if (!segment) return body;
  segment.chain_id = CHAIN;
  for (const rule of segment.rules) order(rule);
  return body;
}

const DATES = ['start_date', 'end_date'];

function order(rule: Rule): void {
  const { min, max } = rule;
  if (typeof min === 'number' && typeof max === 'number' && min > max)
    Object.assign(rule, { min: max, max: min });
  if (rule.field_type !== 'date') return;
  for (const name of [...DATES, 'value']) {
    if (typeof rule[name] === 'string' && !parseDateTime(rule[name])) rule[name] = '2026-02-28';
  }
  const [start, end] = DATES.map((name) => rule[name]);
  if (typeof start === 'string' && typeof end === 'string') Object.assign(rule, { end_date: start });
}

describe('a body of POST /tasks that the OpenAPI document describes', () => {
  it('is accepted by the Services API', async () => {
    const { app, store } = await createTestGateway();
    const headers = { ...(await asChain(store, CHAIN)), 'Content-Type': 'application/json' };
    const seen = new Set<unknown>();
    await fc.assert(
      fc.asyncProperty(newTaskSchema(servicesDocument), async (generated) => {
        // The cast is safe: the value was generated from the schema.
        const body = adapt(generated as ServicesBody);
        fc.pre(isDescribed('services', body));
        for (const rule of body.trigger.segment?.rules ?? []) seen.add(rule.operator);
        const init = { method: 'POST', headers, body: JSON.stringify(body) };
        const response = await app.request('http://services.test/tasks', init);
        expect(response.status, `${await response.text()} ${init.body}`).toBe(201);
      }),
      { numRuns: 300 },
    );
    expect(seen.size).toBe(10);
  });

  it('is accepted by the HDP API', async () => {
    const { app, store } = await createTestGateway();
    const headers = { ...(await asKey(store, 'client')), 'Content-Type': 'application/json' };
    await fc.assert(
      fc.asyncProperty(newTaskSchema(hdpDocument), async (body) => {
        fc.pre(isDescribed('hdp', body));
        const init = { method: 'POST', headers, body: JSON.stringify(body) };
        const response = await app.request('http://hdp.test/tasks', init);
        expect(response.status, `${await response.text()} ${init.body}`).toBe(200);
      }),
      { numRuns: 300 },
    );
  });
});
