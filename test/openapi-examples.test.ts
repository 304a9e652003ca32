/** Run `npx vitest run test/openapi-examples.test.ts -u` to record the examples again. */
import { describe, expect, it } from 'vitest';
import { walkHdp } from './support/openapi/hdp-walk.ts';
import { walkServices } from './support/openapi/services-walk.ts';

describe('the examples of the OpenAPI documents', () => {
  it.each([
    ['services', walkServices],
    ['hdp', walkHdp],
  ])('of the %s API are what the app receives and sends', async (api, walk) => {
    const examples = `${JSON.stringify(await walk(), null, 2)}\n`;
    await expect(examples).toMatchFileSnapshot(`../src/${api}/openapi-examples.json`);
  });
});
