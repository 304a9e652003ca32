import { expect, it } from 'vitest';
import { createTestGateway, type Gateway, type GatewayOptions } from './gateway.ts';
import { expectDocumented } from './openapi/documented.ts';

/** A request and the expected response. */
export interface Scenario {
  /** Test title. */
  name: string;
  /** Inserts the data and returns the request headers, if any. */
  setUp?: (gateway: Gateway) => Promise<Record<string, string> | undefined>;
  url: string;
  method?: string;
  headers?: Record<string, string>;
  /** Request body: a string as it is, other values as JSON. */
  requestBody?: unknown;
  /** Options of the gateway. */
  gateway?: GatewayOptions;
  status: number;
  /** Expected response body, exactly. */
  body?: unknown;
  /** Expected response headers, exactly. */
  responseHeaders?: Record<string, string>;
  /** Texts that neither body nor headers may contain. */
  mustNotContain?: string[];
}

/** Declares one test per scenario, each on a new gateway. */
export function testScenarios(setUp: Scenario['setUp'], table: readonly Scenario[]): void {
  it.each(table)('$name', async (scenario) => {
    await runScenario(scenario, setUp);
  });
}

/** Runs one scenario. Returns the response, its body as text, and the gateway. */
export async function runScenario(scenario: Scenario, defaultSetUp?: Scenario['setUp']) {
  const gateway = await createTestGateway(scenario.gateway);
  const setUp = scenario.setUp ?? defaultSetUp;
  const credentials = await setUp?.(gateway);
  const headers = new Headers(credentials);
  for (const [name, value] of Object.entries(scenario.headers ?? {})) headers.set(name, value);
  const { method = 'GET', requestBody } = scenario;
  const init: RequestInit = { method, headers };
  if (requestBody !== undefined) {
    init.body = typeof requestBody === 'string' ? requestBody : JSON.stringify(requestBody);
    if (!headers.has('Content-Type')) headers.set('Content-Type', 'application/json');
  }
  const response = await gateway.app.request(scenario.url, init);
  const text = await response.text();

  expect(response.status, text).toBe(scenario.status);
  if (scenario.body !== undefined) expect(JSON.parse(text)).toEqual(scenario.body);
  for (const [name, value] of Object.entries(scenario.responseHeaders ?? {})) {
    expect(response.headers.get(name), name).toBe(value);
  }
  expect(response.headers.get('x-request-id')).toBe('fresh-id');
  expectDocumented(scenario.url, response, text, method);
  const fullResponse = text + JSON.stringify([...response.headers]);
  for (const secret of scenario.mustNotContain ?? []) expect(fullResponse).not.toContain(secret);
  return { response, text, gateway };
}
