import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import { hdpDocument } from '../../../src/hdp/openapi.ts';
import { JSON_TYPE } from '../../../src/http/json-body.ts';
import { servicesDocument } from '../../../src/services/openapi.ts';

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(servicesDocument, 'services.test');
ajv.addSchema(hdpDocument, 'hdp.test');

/**
 * Expects that the OpenAPI document of the host describes this response: the status, the headers and the JSON
 * body. Skips responses to paths and methods that are not in the document (404, 405, 421).
 */
export function expectDocumented(url: string, response: Response, text: string, method = 'GET'): void {
  const { hostname, pathname } = new URL(url);
  const document = { 'services.test': servicesDocument, 'hdp.test': hdpDocument }[hostname];
  const path = Object.keys(document?.paths ?? {}).find((template) => patternOf(template).test(pathname));
  const verb = METHODS.find((name) => name === method.toLowerCase());
  if (path === undefined || verb === undefined) return;
  const operation = document?.paths?.[path]?.[verb];
  if (!operation) return;
  const described = operation.responses?.[response.status];
  expect(described, `${response.status} of ${method} ${url} is documented`).toBeDefined();
  for (const [name, { required = true }] of Object.entries<{ required?: boolean }>(described.headers ?? {})) {
    if (required)
      expect(response.headers.has(name), `the documented header ${name} of ${response.status}`).toBe(true);
  }
  const type = response.headers.get('content-type') ?? '';
  if (text !== '') expect(Object.keys(described.content ?? {})).toContain(type);
  // A part of a JSON file is no JSON.
  if (text === '' || response.status === 206 || type !== JSON_TYPE) return;
  const segments = ['paths', path, verb, 'responses', String(response.status), 'content', type, 'schema'];
  const pointer = segments.map((segment) => segment.replaceAll('/', '~1')).join('/');
  const validate = ajv.getSchema(`${hostname}#/${encodeURI(pointer)}`);
  expect(validate, `the schema of ${response.status} of ${method} ${url}`).toBeDefined();
  expect(validate?.(JSON.parse(text)), JSON.stringify(validate?.errors)).toBe(true);
}

const METHODS = ['get', 'post'] as const;

const patternOf = (template: string) => new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`);
