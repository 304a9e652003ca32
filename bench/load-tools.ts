/** The programs that make load: wrk, which costs least, or else autocannon. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HttpRequest, JSON_TYPE } from './client.ts';
import type { Load, Target } from './load-types.ts';
import { script } from './paths.ts';
import { run } from './processes.ts';

export const CONNECTIONS = 32;

/** What is at hand. */
export const TOOL = spawnSync('wrk', ['-v']).error === undefined ? 'wrk' : 'autocannon';

export async function wrk(
  { server, requests, connections = CONNECTIONS }: Target,
  seconds: number,
  scratch: string,
): Promise<Load> {
  // Several clients may start at the same time.
  const file = join(scratch, `wrk-${randomUUID()}.lua`);
  writeFileSync(file, wrkScript(requests));
  const { output } = await run('wrk', [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    ...['--timeout', '60s', '-s', file],
    `http://127.0.0.1:${server.port}`,
  ]);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}

// JSON's strings are Lua's: what JSON must escape, Lua reads in the same way, and our texts have no control characters.
function wrkScript(requests: Target['requests']): string {
  const [{ host, headers, path, body: firstBody }] = requests;
  const set = Object.entries({ Host: host, ...headers }).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  );
  // Without a request function wrk sends the one request that it made at first.
  const ask =
    requests.length === 1 && firstBody === undefined
      ? `wrk.path = ${JSON.stringify(path)}`
      : `local requests = {${requests.map(luaQuestion).join(',\n')}}
local requests, at = {}, 0
function init()
  for i, q in ipairs(requests) do requests[i] = wrk.format(q.method, q.path, q.headers, q.body) end
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

function luaQuestion({ path, headers, host, body }: HttpRequest): string {
  if (body === undefined) return `{method = 'GET', path = ${JSON.stringify(path)}}`;
  const all = { Host: host, ...headers, 'Content-Type': JSON_TYPE };
  const entries = Object.entries(all).map(
    ([name, value]) => `[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  );
  return `{method = 'POST', path = ${JSON.stringify(path)}, headers = {${entries.join(', ')}}, body = ${JSON.stringify(body)}}`;
}

export async function autocannon(
  { server, requests, connections = CONNECTIONS }: Target,
  seconds: number,
): Promise<Load> {
  const [{ host, headers }] = requests;
  const options = {
    url: `http://127.0.0.1:${server.port}`,
    connections,
    duration: seconds,
    timeout: 60,
    headers: { Host: host, ...headers },
    requests: requests.map(({ path, body }) =>
      body === undefined
        ? { path }
        : { method: 'POST', path, body, headers: { Host: host, ...headers, 'Content-Type': JSON_TYPE } },
    ),
  };
  const { output } = await run(process.execPath, [script('autocannon.js'), JSON.stringify(options)]);
  return JSON.parse(output);
}
