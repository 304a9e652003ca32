/** Runs loads from another process and summarizes their results. */
import { serializeRequest } from './http-client.ts';
import { autocannon, CONNECTIONS, LOAD_GENERATOR, wrk } from './load-generators.ts';
import type { LoadResult, RateLimiterOptions, Target } from './load-types.ts';
import { compiledScript } from './paths.ts';
import { run } from './processes.ts';
import type { Bench } from './start-servers.ts';
import { median } from './stats.ts';

/** Medians over the rounds; the lowest and highest throughput. */
export interface LoadSummary extends Omit<LoadResult, 'errors'> {
  lowest: number;
  highest: number;
}

/**
 * Loads the targets alternately (A B C A B C), after a warm-up of one second each.
 * @returns the results by server name
 * @throws Error if a request fails, because the figures of a failing server mean nothing
 */
export async function interleave(
  bench: Bench,
  targets: readonly Target[],
): Promise<Map<string, LoadSummary>> {
  for (const target of targets) await load(bench, target, 1);
  const loads = new Map<string, LoadResult[]>(targets.map(({ server }) => [server.name, []]));
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (const target of targets) {
      bench.log(`round ${round} of ${bench.rounds}: ${target.server.name}`);
      loads.get(target.server.name)?.push(await load(bench, target, bench.seconds));
    }
  }
  return new Map([...loads].map(([name, results]) => [name, summarize(results)]));
}

/** Returns the medians of several results. */
export function summarize(loads: readonly LoadResult[]): LoadSummary {
  const rates = loads.map(({ perSecond }) => perSecond);
  return {
    perSecond: median(rates),
    p50: median(loads.map(({ p50 }) => p50)),
    p99: median(loads.map(({ p99 }) => p99)),
    lowest: Math.min(...rates),
    highest: Math.max(...rates),
  };
}

/** Loads a server with 32 connections as fast as it responds. @throws Error if a request fails */
export async function load({ scratch }: Bench, target: Target, seconds: number): Promise<LoadResult> {
  const result = await (LOAD_GENERATOR === 'wrk' ? wrk : autocannon)(target, seconds, scratch);
  if (result.errors > 0) {
    throw new Error(`${target.server.name} failed ${result.errors} requests for ${target.requests[0].path}.`);
  }
  return result;
}

/**
 * Sends the first request of a target at a constant rate.
 * @param rate see `RateLimiterOptions`
 */
export async function pollAtRate(
  { server, requests }: Target,
  seconds: number,
  rate: number,
): Promise<LoadResult> {
  const options: RateLimiterOptions = {
    port: server.port,
    request: serializeRequest(requests[0]),
    connections: CONNECTIONS,
    seconds,
    rate,
  };
  const { output } = await run(process.execPath, [
    compiledScript('rate-limiter.js'),
    JSON.stringify(options),
  ]);
  const result: LoadResult = JSON.parse(output);
  if (result.errors > 0)
    throw new Error(`${server.name} failed ${result.errors} requests while it was polled.`);
  return result;
}
