/** Throughput: 32 keep-alive connections of another process, each with one request in flight. */
import { requestText } from './client.ts';
import type { Bench } from './contestants.ts';
import { autocannon, CONNECTIONS, TOOL, wrk } from './load-tools.ts';
import type { Load, RateLimiterOptions, Target } from './load-types.ts';
import { script } from './paths.ts';
import { run } from './processes.ts';
import { median } from './stats.ts';

/** Medians over the rounds. */
export interface Loaded extends Omit<Load, 'errors'> {
  lowest: number;
  highest: number;
}

/**
 * Loads the targets in turn, A B C A B C, after a warm-up of a second each.
 * @returns what was found, by the servers' names
 * @throws Error when a request failed: figures of a failing server mean nothing
 */
export async function interleave(bench: Bench, targets: readonly Target[]): Promise<Map<string, Loaded>> {
  for (const target of targets) await load(bench, target, 1);
  const loads = new Map<string, Load[]>(targets.map(({ server }) => [server.name, []]));
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (const target of targets) {
      bench.progress(`round ${round} of ${bench.rounds}: ${target.server.name}`);
      loads.get(target.server.name)?.push(await load(bench, target, bench.seconds));
    }
  }
  return new Map([...loads].map(([name, found]) => [name, summarize(found)]));
}

export function summarize(loads: readonly Load[]): Loaded {
  const rates = loads.map(({ perSecond }) => perSecond);
  return {
    perSecond: median(rates),
    p50: median(loads.map(({ p50 }) => p50)),
    p99: median(loads.map(({ p99 }) => p99)),
    lowest: Math.min(...rates),
    highest: Math.max(...rates),
  };
}

export async function load({ scratch }: Bench, target: Target, seconds: number): Promise<Load> {
  const result = await (TOOL === 'wrk' ? wrk : autocannon)(target, seconds, scratch);
  if (result.errors > 0) {
    throw new Error(`${target.server.name} failed ${result.errors} requests for ${target.requests[0].path}.`);
  }
  return result;
}

/**
 * Polls one request at an even pace.
 * @param rate requests a second; 0 asks as fast as is answered
 */
export async function paced({ server, requests }: Target, seconds: number, rate: number): Promise<Load> {
  const options: RateLimiterOptions = {
    port: server.port,
    request: requestText(requests[0]),
    connections: CONNECTIONS,
    seconds,
    rate,
  };
  const { output } = await run(process.execPath, [script('rate-limiter.js'), JSON.stringify(options)]);
  const result: Load = JSON.parse(output);
  if (result.errors > 0)
    throw new Error(`${server.name} failed ${result.errors} requests while it was polled.`);
  return result;
}
