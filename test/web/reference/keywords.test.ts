import { describe, expect, it } from 'vitest';
import { hdpDocument } from '../../../src/hdp/openapi.ts';
import { servicesDocument } from '../../../src/services/openapi.ts';
import { unknownKeywords } from '../../../src/web/reference/keywords.ts';

/** Returns all descriptions of a document. */
function descriptionsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, held]) =>
    name === 'description' && typeof held === 'string' ? [held] : descriptionsOf(held),
  );
}

describe.each([
  ['HDP', hdpDocument],
  ['Services', servicesDocument],
])('the OpenAPI document of the %s API', (_api, document) => {
  it('has no keyword that the reference does not show', () => {
    expect(unknownKeywords(document)).toEqual([]);
  });

  it('has no markdown that the reference does not show', () => {
    const descriptions = descriptionsOf(document);
    expect(descriptions.length).toBeGreaterThan(50);
    const unknown = /^ *(#|>|\d+\. |```)|\]\(|(^|\s)_\w|<\w|\|.*\|/m;
    expect(descriptions.filter((text) => unknown.test(text.replaceAll(/`[^`]*`/g, '')))).toEqual([]);
  });
});

describe('unknownKeywords', () => {
  it.each([
    ['document', { extra: 1 }, 'document.extra'],
    ['schema', { components: { schemas: { Task: { contains: {} } } } }, 'schema.contains'],
    [
      'nested schema',
      { components: { schemas: { Task: { properties: { a: { items: { anyOf: [{ contains: {} }] } } } } } } },
      'schema.contains',
    ],
    ['operation', { paths: { '/tasks': { get: { callbacks: {} } } } }, 'operation.callbacks'],
    ['webhook', { webhooks: { ended: { post: { servers: [] } } } }, 'operation.servers'],
    ['parameter', { paths: { '/tasks': { get: { parameters: [{ style: 'form' }] } } } }, 'parameter.style'],
    [
      'response',
      { paths: { '/tasks': { get: { responses: { 200: { content: { 'text/csv': { encoding: {} } } } } } } } },
      'mediaType.encoding',
    ],
    ['key of an object', { paths: { '/tasks': { constructor: 1 } } }, 'path.constructor'],
  ])('finds one in a %s', (_where, document, expected) => {
    expect(unknownKeywords(document)).toEqual([expected]);
  });

  it('takes no name of a property, and no part of an example, for a keyword', () => {
    const task = { properties: { contains: {} }, examples: [{ contains: 1 }], default: { prefixItems: 1 } };
    expect(unknownKeywords({ components: { schemas: { Task: task } } })).toEqual([]);
  });
});
