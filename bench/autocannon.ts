/** Runs autocannon with the options given as JSON and prints a `Load`: where there is no wrk. */
import autocannon from 'autocannon';
import type { Load } from './load-types.ts';

const options: autocannon.Options & { requests: autocannon.Request[] } = JSON.parse(process.argv[2] ?? '');
const { requests } = options;
let clients = 0;
const result = await autocannon({
  ...options,
  // Each connection begins elsewhere, or all of them would ask the same page at the same time.
  setupClient(client) {
    const at = (clients * 31) % requests.length;
    clients += 1;
    client.setRequests([...requests.slice(at), ...requests.slice(0, at)]);
  },
});
// 304 is what a conditional request hopes for, though autocannon counts it under non2xx.
const refused = result['4xx'] + result['5xx'];
const load: Load = {
  perSecond: result.requests.total / result.duration,
  p50: result.latency.p50,
  p99: result.latency.p99,
  errors: result.errors + result.timeouts + refused,
};
process.stdout.write(JSON.stringify(load));
