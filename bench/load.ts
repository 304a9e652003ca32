/** Throughput: 32 keep-alive connections that ask as fast as they are answered, from another process. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Question, requestText } from './client.ts';
import type { Bench, Server } from './contestants.ts';
import { script } from './paths.ts';
import { run } from './processes.ts';
import type { RateLimiterOptions } from './rate-limiter.ts';
import { median } from './stats.ts';

const CONNECTIONS = 32;

/** What a load found; times in milliseconds. */
export interface Load {
  perSecond: number;
  p50: number;
  p99: number;
  /** Requests that failed or were answered with 4xx or 5xx. */
  errors: number;
}

/** A server and the questions that it is asked in turn; they share host and headers. */
export interface Target {
  server: Server;
  questions: readonly [Question, ...Question[]];
}

/** Medians over the rounds. */
export interface Loaded extends Omit<Load, 'errors'> {
  lowest: number;
  highest: number;
}

/** What is at hand: wrk, which costs least, or else autocannon. */
export const TOOL = spawnSync('wrk', ['-v']).error === undefined ? 'wrk' : 'autocannon';

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
      bench.say(`round ${round} of ${bench.rounds}: ${target.server.name}`);
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
    throw new Error(
      `${target.server.name} failed ${result.errors} requests for ${target.questions[0].path}.`,
    );
  }
  return result;
}

/**
 * Polls one question at an even pace.
 * @param rate requests a second; 0 asks as fast as is answered
 */
export async function paced({ server, questions }: Target, seconds: number, rate: number): Promise<Load> {
  const options: RateLimiterOptions = {
    port: server.port,
    request: requestText(questions[0]),
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

async function wrk({ server, questions }: Target, seconds: number, scratch: string): Promise<Load> {
  // Several clients may start at the same time.
  const file = join(scratch, `wrk-${randomUUID()}.lua`);
  writeFileSync(file, wrkScript(questions));
  const { output } = await run('wrk', [
    '-t1',
    `-c${CONNECTIONS}`,
    `-d${seconds}s`,
    ...['--timeout', '60s', '-s', file],
    `http://127.0.0.1:${server.port}`,
  ]);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}

// JSON's strings are Lua's as long as they are ASCII, which paths and headers are.
function wrkScript(questions: Target['questions']): string {
  const [{ host, headers, path }] = questions;
  const set = Object.entries({ Host: host, ...headers }).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  );
  // Without a request function wrk sends the one request that it made at first.
  const ask =
    questions.length === 1
      ? `wrk.path = ${JSON.stringify(path)}`
      : `local paths = {${questions.map((question) => JSON.stringify(question.path)).join(',\n')}}
local requests, at = {}, 0
function init()
  for i, path in ipairs(paths) do requests[i] = wrk.format('GET', path) end
end
function request()
  at = at % #requests + 1
  return requests[at]
end`;
  return `${set.join('\n')}
${ask}
function done(summary, latency)
  local e = summary.errors
  print(string.format('\\n{"perSecond":%f,"p50":%f,"p99":%f,"errors":%d}', summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, e.connect + e.read + e.write + e.status + e.timeout))
end
`;
}

async function autocannon({ server, questions }: Target, seconds: number): Promise<Load> {
  const [{ host, headers }] = questions;
  const options = {
    url: `http://127.0.0.1:${server.port}`,
    connections: CONNECTIONS,
    duration: seconds,
    timeout: 60,
    headers: { Host: host, ...headers },
    requests: questions.map(({ path }) => ({ path })),
  };
  const { output } = await run(process.execPath, [script('autocannon.js'), JSON.stringify(options)]);
  return JSON.parse(output);
}
