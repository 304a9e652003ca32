import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import { hdpDocument } from '../../src/hdp/openapi.ts';
import { servicesDocument } from '../../src/services/openapi.ts';

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(servicesDocument, 'services.test');
ajv.addSchema(hdpDocument, 'hdp.test');

/**
 * Expects that the OpenAPI document of the host describes this answer: the status, the headers and the body. Answers on
 * paths and to methods that no document has (404, 405, 421) are left alone.
 */
export function expectDocumented(url: string, response: Response, text: string, method = 'GET'): void {
  const { hostname, pathname } = new URL(url);
  const document = { 'services.test': servicesDocument, 'hdp.test': hdpDocument }[hostname];
  const path = Object.keys(document?.paths ?? {}).find((template) => isOf(template, pathname)) ?? '';
  const verb = method.toLowerCase();
  if (verb !== 'get' && verb !== 'post') return;
  const operation = document?.paths?.[path]?.[verb];
  if (!operation) return;
  const described = operation.responses?.[response.status];
  expect(described, `${response.status} of ${url} is documented`).toBeDefined();
  for (const name of Object.keys(described.headers ?? {})) {
    expect(response.headers.has(name), `the documented header ${name} of ${response.status}`).toBe(true);
  }
  const pointer = `/paths/${encodeURIComponent(path.replaceAll('/', '~1'))}/${verb}/responses/${response.status}/content/application~1json/schema`;
  const validate = ajv.getSchema(`${hostname}#${pointer}`);
  expect(validate, `the schema of ${response.status} of ${url}`).toBeDefined();
  expect(validate?.(JSON.parse(text)), JSON.stringify(validate?.errors)).toBe(true);
}

/** Whether a path is one of a template such as `/tasks/{uuid}/status`. */
function isOf(template: string, path: string): boolean {
  const parts = template.split('/');
  const given = path.split('/');
  return parts.length === given.length && parts.every((part, n) => part === given[n] || part.startsWith('{'));
}
