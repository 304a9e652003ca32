/** Runs autocannon where wrk is not installed. Argument: a file with options as JSON. Prints a `LoadResult`. */
import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';
import type { LoadResult } from './load-types.ts';

const options: autocannon.Options & { requests: autocannon.Request[] } = JSON.parse(
  readFileSync(process.argv[2] ?? '', 'utf8'),
);
const { requests } = options;
let clientCount = 0;
const result = await autocannon({
  ...options,
  // Each connection starts at another request, so that not all request the same page at the same time.
  setupClient(client) {
    const at = (clientCount * 31) % requests.length;
    clientCount += 1;
    client.setRequests([...requests.slice(at), ...requests.slice(0, at)]);
  },
});
// autocannon counts 304 in non2xx, but a conditional request expects it.
const httpErrors = result['4xx'] + result['5xx'];
const load: LoadResult = {
  perSecond: result.requests.total / result.duration,
  p50: result.latency.p50,
  p99: result.latency.p99,
  errors: result.errors + result.timeouts + httpErrors,
};
process.stdout.write(JSON.stringify(load));
