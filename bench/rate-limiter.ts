/**
 * A client at an even pace, for latencies that a closed loop hides: requests fall due every millisecond, and one that
 * finds no free connection waits, which counts. (autocannon's overallRate sends a second's requests in one burst.)
 * Takes `RateLimiterOptions` as JSON, prints a `Load`.
 */
import { Connection } from './client.ts';
import type { Load, RateLimiterOptions } from './load-types.ts';
import { percentile } from './stats.ts';

const { port, request, connections, seconds, rate }: RateLimiterOptions = JSON.parse(process.argv[2] ?? '');
const free = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
const waiting: number[] = [];
const latencies: number[] = [];
let errors = 0;

const began = performance.now();
const end = began + seconds * 1000;
const inFlight = new Set<Promise<void>>();

if (rate === 0) await Promise.all(free.map(askOnAndOn));
else await pace();
for (const connection of free) connection.close();

const load: Load = {
  perSecond: (latencies.length * 1000) / (performance.now() - began),
  p50: percentile(latencies, 0.5),
  p99: percentile(latencies, 0.99),
  errors,
};
process.stdout.write(JSON.stringify(load));

async function askOnAndOn(connection: Connection): Promise<void> {
  while (performance.now() < end) await ask(connection, performance.now());
}

async function pace(): Promise<void> {
  let made = 0;
  await new Promise<void>((resolve) => {
    const ticker = setInterval(() => {
      const now = performance.now();
      for (const due = Math.floor(((now - began) * rate) / 1000); made < due; made += 1) waiting.push(now);
      serve();
      if (now < end) return;
      clearInterval(ticker);
      resolve();
    }, 1);
  });
  while (inFlight.size > 0) await Promise.all(inFlight);
}

function serve(): void {
  for (let connection = free.pop(); connection; connection = free.pop()) {
    const due = waiting.shift();
    if (due === undefined) {
      free.push(connection);
      return;
    }
    const used = connection;
    const work = ask(used, due).then(() => {
      inFlight.delete(work);
      free.push(used);
      serve();
    });
    inFlight.add(work);
  }
}

async function ask(connection: Connection, due: number): Promise<void> {
  const { status } = await connection.send(request);
  latencies.push(performance.now() - due);
  if (status !== 200) errors += 1;
}
