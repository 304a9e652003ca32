/** Load generators: wrk if it is installed, because it uses the least CPU time, otherwise autocannon. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HttpRequest, JSON_TYPE } from './http-client.ts';
import type { LoadResult, Target } from './load-types.ts';
import { compiledScript } from './paths.ts';
import { run } from './processes.ts';

export const CONNECTIONS = 32;

/** The load generator that this machine has. */
export const LOAD_GENERATOR = spawnSync('wrk', ['-v']).error === undefined ? 'wrk' : 'autocannon';

export async function wrk(
  { server, requests, connections = CONNECTIONS }: Target,
  seconds: number,
  scratch: string,
): Promise<LoadResult> {
  // Several clients may start at the same time, so each has its own file.
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

// A JSON string is a valid Lua string here: Lua reads JSON's escapes, and the texts have no control characters.
function wrkScript(requests: Target['requests']): string {
  const [{ host, headers, path, body: firstBody }] = requests;
  const headerLines = Object.entries({ Host: host, ...headers }).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  );
  // Without a request function, wrk repeats one request that it builds at the start.
  const requestSource =
    requests.length === 1 && firstBody === undefined
      ? `wrk.path = ${JSON.stringify(path)}`
      : `local definitions = {${requests.map(luaRequest).join(',\n')}}
local requests, at = {}, 0
function init()
  for i, r in ipairs(definitions) do requests[i] = wrk.format(r.method, r.path, r.headers, r.body) end
end
function request()
  at = at % #requests + 1
  return requests[at]
end`;
  return `${headerLines.join('\n')}
${requestSource}
function done(summary, latency)
  local e = summary.errors
  print(string.format('\\n{"perSecond":%f,"p50":%f,"p99":%f,"errors":%d}', summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, e.connect + e.read + e.write + e.status + e.timeout))
end
`;
}

function luaRequest({ path, headers, host, body }: HttpRequest): string {
  if (body === undefined) return `{method = 'GET', path = ${JSON.stringify(path)}}`;
  const allHeaders = { Host: host, ...headers, 'Content-Type': JSON_TYPE };
  const entries = Object.entries(allHeaders).map(
    ([name, value]) => `[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  );
  return `{method = 'POST', path = ${JSON.stringify(path)}, headers = {${entries.join(', ')}}, body = ${JSON.stringify(body)}}`;
}

export async function autocannon(
  { server, requests, connections = CONNECTIONS }: Target,
  seconds: number,
  scratch: string,
): Promise<LoadResult> {
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
  // Many requests are too long for an argument.
  const file = join(scratch, `autocannon-${randomUUID()}.json`);
  writeFileSync(file, JSON.stringify(options));
  const { output } = await run(process.execPath, [compiledScript('autocannon.js'), file]);
  return JSON.parse(output);
}
