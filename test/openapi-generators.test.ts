import { describe, expect, it } from 'vitest';
import { hdpDocument } from '../src/hdp/openapi.ts';
import { servicesDocument } from '../src/services/openapi.ts';
import { findPitfalls } from './support/conformance/generator-pitfalls.ts';
import {
  type OpenApiDocument,
  type OperationObject,
  parseDocument,
  type Schema,
} from './support/conformance/openapi-document.ts';

describe.each([
  ['Services', servicesDocument],
  ['HDP', hdpDocument],
])('the document of the %s API', (_, document) => {
  it('has nothing that client generators stumble over', () => {
    expect(findPitfalls(parseDocument(JSON.stringify(document)))).toEqual([]);
  });
});

/** Returns a document with the operation `read`, whose response is a `Task` with the member `a`. */
function documentWith(a: Schema, { operation = {}, task = {}, id = 'write' } = {}): OpenApiDocument {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Task' } } };
  const read: OperationObject = { operationId: 'read', responses: { 200: { content } }, ...operation };
  return {
    openapi: '3.1.0',
    paths: { '/': { get: read, post: { operationId: id } } },
    components: { schemas: { Task: { type: 'object', properties: { a }, ...task } } },
  };
}

describe('findPitfalls', () => {
  it('finds nothing in a document without pitfalls', () => {
    expect(findPitfalls(documentWith({ type: ['string', 'null'] }))).toEqual([]);
    expect(findPitfalls(documentWith({ anyOf: [{ type: 'string' }, { type: 'null' }] }))).toEqual([]);
    expect(findPitfalls(documentWith({ type: 'object', additionalProperties: {} }))).toEqual([]);
    expect(findPitfalls(documentWith({ type: 'integer', format: 'int64' }))).toEqual([]);
  });

  it.each([
    ['getReadUrl', 'operation read and operation getReadUrl both lead to the name getReadUrl'],
    ['useRead', 'operation read and operation useRead both lead to the name useRead'],
    ['read', 'operation read and operation read both lead to the name read'],
  ])('finds the operation id %s, which generators derive from another id', (id, pitfall) => {
    expect(findPitfalls(documentWith({}, { id }))).toContain(pitfall);
  });

  it('finds an operation id that leads to the name of a schema', () => {
    const document = documentWith({});
    Object.assign(document.components?.schemas ?? {}, { ReadResponse: {} });
    expect(findPitfalls(document)).toEqual([
      'operation read and schema ReadResponse both lead to the name ReadResponse',
    ]);
  });

  it.each<[string, Schema]>([
    ['object', { type: 'object', properties: { b: {} } }],
    ['union', { anyOf: [{ type: 'string' }, { type: 'number' }] }],
    ['intersection', { allOf: [{}, {}] }],
  ])('finds an inline %s, also in an array or in a nullable schema', (_, schema) => {
    const pitfall = (place: string) => `${place} is inline, so generators invent a name for it`;
    expect(findPitfalls(documentWith(schema))).toEqual([pitfall('Task.a')]);
    expect(findPitfalls(documentWith({ items: schema }))).toEqual([pitfall('Task.a[]')]);
    expect(findPitfalls(documentWith({ anyOf: [schema, { type: 'null' }] }))).toEqual([pitfall('Task.a|1')]);
    const operation = {
      parameters: [{ in: 'query', name: 'q', schema }],
      requestBody: { content: { 'application/json': { schema } } },
    };
    expect(findPitfalls(documentWith({}, { operation }))).toEqual([
      pitfall('read parameter q'),
      pitfall('read request'),
    ]);
  });

  it('finds enumerations that are inline in two places', () => {
    const a = { type: 'object', properties: { b: { enum: ['x', 'y'] } } };
    expect(findPitfalls(documentWith({ enum: ['x', 'y'] }))).toEqual([]);
    const document = documentWith({ enum: ['x', 'y'] });
    Object.assign(document.components?.schemas ?? {}, { Other: a });
    expect(findPitfalls(document)).toEqual([
      'Task.a, Other.b have the same values, but generators invent a name for each',
    ]);
  });

  it('finds integers without a format in members, parameters and headers', () => {
    const schema = { type: ['integer', 'null'] };
    const operation = {
      parameters: [{ in: 'query', name: 'q', schema }],
      responses: { 200: { headers: { H: { schema } } } },
    };
    expect(findPitfalls(documentWith(schema, { operation }))).toEqual(
      ['Task.a', 'read parameter q', 'read 200 header H'].map(
        (place) => `${place} is an integer without a format`,
      ),
    );
  });

  it('finds a member with a default', () => {
    expect(findPitfalls(documentWith({ type: 'string', default: '' }))).toEqual([
      'Task.a has a default, so generators make it required',
    ]);
  });

  it('finds a member that is always null', () => {
    expect(findPitfalls(documentWith({ type: 'null' }))).toEqual([
      'Task.a is always null, so generators leave it out',
    ]);
  });

  it('finds a response that is closed for new members, but not a request', () => {
    const task = { additionalProperties: false };
    expect(findPitfalls(documentWith({}, { task }))).toEqual([
      'Task is closed, so a new member in a response breaks clients',
    ]);
    const schema = { $ref: '#/components/schemas/Task' };
    const operation = { requestBody: { content: { 'application/json': { schema } } }, responses: {} };
    expect(findPitfalls(documentWith({}, { task, operation }))).toEqual([]);
  });
});
