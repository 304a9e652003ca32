/**
 * A client with a constant request rate. It shows latencies that a closed loop hides: a request that finds no free
 * connection waits, and its latency includes the wait. (autocannon's overallRate sends each second's requests in one
 * burst.) Argument: `RateLimiterOptions` as JSON. Prints a `LoadResult`.
 */
import { Connection } from './http-client.ts';
import type { LoadResult, RateLimiterOptions } from './load-types.ts';
import { percentile } from './stats.ts';

const { port, request, connections, seconds, rate }: RateLimiterOptions = JSON.parse(process.argv[2] ?? '');
const free = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
/** The due times of the requests that wait for a connection. */
const dueTimes: number[] = [];
const latencies: number[] = [];
let errors = 0;

const start = performance.now();
const end = start + seconds * 1000;
const inFlight = new Set<Promise<void>>();

if (rate === 0) await Promise.all(free.map(sendContinuously));
else await sendAtRate();
for (const connection of free) connection.close();

const load: LoadResult = {
  perSecond: (latencies.length * 1000) / (performance.now() - start),
  p50: percentile(latencies, 0.5),
  p99: percentile(latencies, 0.99),
  errors,
};
process.stdout.write(JSON.stringify(load));

async function sendContinuously(connection: Connection): Promise<void> {
  while (performance.now() < end) await send(connection, performance.now());
}

async function sendAtRate(): Promise<void> {
  let scheduled = 0;
  await new Promise<void>((resolve) => {
    const ticker = setInterval(() => {
      const now = performance.now();
      for (const due = Math.floor(((now - start) * rate) / 1000); scheduled < due; scheduled += 1)
        dueTimes.push(now);
      sendDue();
      if (now < end) return;
      clearInterval(ticker);
      resolve();
    }, 1);
  });
  while (inFlight.size > 0) await Promise.all(inFlight);
}

function sendDue(): void {
  for (let connection = free.pop(); connection; connection = free.pop()) {
    const due = dueTimes.shift();
    if (due === undefined) {
      free.push(connection);
      return;
    }
    const used = connection;
    const work = send(used, due).then(() => {
      inFlight.delete(work);
      free.push(used);
      sendDue();
    });
    inFlight.add(work);
  }
}

async function send(connection: Connection, due: number): Promise<void> {
  const { status } = await connection.send(request);
  latencies.push(performance.now() - due);
  if (status !== 200) errors += 1;
}
