import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { hdpDocument } from '../../../src/hdp/openapi.ts';
import { servicesDocument } from '../../../src/services/openapi.ts';
import type { ApiDocument, Schema } from '../../../src/web/reference/document.ts';
import { bodyExamples, exampleOf, exampleText, givenText } from '../../../src/web/reference/example-value.ts';

const documentWith = (schemas: Record<string, Schema> = {}): ApiDocument => ({
  openapi: '3.1.0',
  info: { title: 'Test', version: '1' },
  components: { schemas },
});

describe('exampleOf', () => {
  const cases: [Schema, unknown][] = [
    [{ type: 'string', examples: ['a', 'b'], default: 'c' }, 'a'],
    [{ type: 'integer', minimum: 5 }, 5],
    [{ type: 'integer', exclusiveMinimum: 5 }, 6],
    [{ type: 'number', minimum: -5 }, 0],
    [{ type: 'boolean' }, false],
    [{ type: ['null', 'string'] }, null],
    [{ type: 'string', enum: ['READY', 'DONE'] }, 'READY'],
    [{ type: 'string', format: 'date-time' }, '2026-05-26T14:00:00Z'],
    [{ type: 'array', items: { type: 'string', const: 'a' } }, ['a']],
    [{ anyOf: [{ type: 'null' }, { type: 'string' }] }, null],
    [
      {
        allOf: [
          { type: 'object', properties: { a: { const: 1 } } },
          { type: 'object', properties: { b: { const: 2 } } },
        ],
      },
      { a: 1, b: 2 },
    ],
  ];
  it.each(cases)('%j is %j', (schema, expected) =>
    expect(exampleOf(documentWith(), schema)).toEqual(expected),
  );

  it('has the required keys of an object, and those with an example', () => {
    const properties = { id: { type: 'integer' }, note: { type: 'string' }, kind: { examples: ['export'] } };
    const task = { type: 'object', properties, required: ['id'] };
    expect(exampleOf(documentWith({ Task: task }), { $ref: '#/components/schemas/Task' })).toEqual({
      id: 0,
      kind: 'export',
    });
  });

  it('ends in a schema that holds itself', () => {
    const node = {
      type: 'object',
      properties: { next: { $ref: '#/components/schemas/Node' } },
      required: ['next'],
    };
    const example = exampleOf(documentWith({ Node: node }), { $ref: '#/components/schemas/Node' });
    expect(JSON.stringify(example)).toMatch(/^(\{"next":)+null\}+$/);
  });
});

describe('bodyExamples', () => {
  it('are those of the document, by their summary', () => {
    const examples = { daily: { summary: 'Every day', value: { a: 1 } }, once: { value: {} } };
    expect(bodyExamples(documentWith(), { examples, example: 'unused' })).toEqual([
      { name: 'Every day', value: { a: 1 } },
      { name: 'once', value: {} },
    ]);
  });

  it('are built from the schema if the document has none', () => {
    expect(bodyExamples(documentWith(), { schema: { type: 'boolean' } })).toEqual([
      { name: 'Example', value: false },
    ]);
    expect(bodyExamples(documentWith(), {})).toEqual([]);
  });
});

describe('the text of a field', () => {
  it('is the example of the parameter, then that of its schema, then its default', () => {
    expect(givenText(documentWith(), { example: 7, schema: { default: 5 } })).toBe('7');
    expect(givenText(documentWith(), { examples: { one: { value: 'a' } } })).toBe('a');
    expect(givenText(documentWith(), { schema: { default: 5 } })).toBe('5');
    expect(givenText(documentWith(), { schema: { type: 'string' } })).toBe('');
    expect(exampleText(documentWith(), { schema: { type: 'integer', minimum: 1 } })).toBe('1');
  });
});

describe.each([
  ['HDP', hdpDocument],
  ['Services', servicesDocument],
])('the examples of the bodies of the %s API', (api, generated) => {
  // Both types describe the same document; the renderer's has the keywords that it shows.
  const document = generated as ApiDocument;
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(generated, api);
  const posts = Object.entries(document.paths ?? {}).flatMap(([path, { post }]) =>
    Object.entries(post?.requestBody?.content ?? {}).map(([type, media]) => ({ path, type, media })),
  );

  it.each(posts)('are accepted: POST $path', ({ path, type, media }) => {
    const pointer = ['paths', path, 'post', 'requestBody', 'content', type, 'schema'];
    const validate = ajv.getSchema(
      `${api}#/${pointer.map((key) => encodeURIComponent(key.replaceAll('/', '~1'))).join('/')}`,
    );
    const examples = bodyExamples(document, media);
    expect(examples.length).toBeGreaterThan(0);
    for (const { value } of examples) expect(validate?.(value), JSON.stringify(validate?.errors)).toBe(true);
  });
});
