import { expect, it } from 'vitest';
import { expectDocumented } from './documents.ts';
import { createTestGateway, type Gateway, type GatewayOptions } from './gateway.ts';

/** One request and what must be true of its answer. */
export interface Scenario {
  /** A sentence about behaviour. */
  name: string;
  /** Puts data in and gives the headers to send, if any. */
  given?: (gateway: Gateway) => Promise<Record<string, string> | undefined>;
  url: string;
  method?: string;
  headers?: Record<string, string>;
  /** The body to send: text as it is, anything else as JSON. */
  send?: unknown;
  /** What the gateway is to be like. */
  gateway?: GatewayOptions;
  status: number;
  /** The body as JSON, exactly. */
  body?: unknown;
  /** Response headers, exactly. */
  responseHeaders?: Record<string, string>;
  /** Texts that the whole answer must not contain. */
  mustNotContain?: string[];
}

/** Declares one test per scenario, each on a gateway of its own. */
export function scenarios(given: Scenario['given'], table: readonly Scenario[]): void {
  it.each(table)('$name', async (scenario) => {
    await run(scenario, given);
  });
}

/** Runs one scenario and gives its answer, whose body has been read as text. */
export async function run(scenario: Scenario, given?: Scenario['given']) {
  const gateway = await createTestGateway(scenario.gateway);
  const prepare = scenario.given ?? given;
  const credentials = await prepare?.(gateway);
  const headers = new Headers(credentials);
  for (const [name, value] of Object.entries(scenario.headers ?? {})) headers.set(name, value);
  const { method = 'GET', send } = scenario;
  const init: RequestInit = { method, headers };
  if (send !== undefined) {
    init.body = typeof send === 'string' ? send : JSON.stringify(send);
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
  const everything = text + JSON.stringify([...response.headers]);
  for (const secret of scenario.mustNotContain ?? []) expect(everything).not.toContain(secret);
  return { response, text, gateway };
}
