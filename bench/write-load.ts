/**
 * Sends POSTs as fast as they are answered, in the order of a list, over keep-alive connections.
 * Takes the path of a file with `WriteLoadOptions` as JSON, prints a `WriteLoad`.
 */
import { readFileSync } from 'node:fs';
import { Connection } from './client.ts';
import { percentile } from './stats.ts';

export interface WriteLoadOptions {
  port: number;
  connections: number;
  seconds: number;
  /** See `requestText`. */
  requests: string[];
  /** Starts again at the end of the list; otherwise the load ends there. */
  repeats: boolean;
}

/** Times in milliseconds. */
export interface WriteLoad {
  perSecond: number;
  p50: number;
  p99: number;
  /** Requests that were sent. */
  sent: number;
  /** The first response without a status of 200 to 299. */
  failure?: string;
}

const options: WriteLoadOptions = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const { port, connections, seconds, requests, repeats } = options;
const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
const latencies: number[] = [];
let sent = 0;
let failure: string | undefined;

const start = performance.now();
const end = start + seconds * 1000;
await Promise.all(open.map(send));
const elapsed = performance.now() - start;
for (const connection of open) connection.close();

const load: WriteLoad = {
  perSecond: (latencies.length * 1000) / elapsed,
  p50: percentile(latencies, 0.5),
  p99: percentile(latencies, 0.99),
  sent,
  ...(failure !== undefined && { failure }),
};
process.stdout.write(JSON.stringify(load));

async function send(connection: Connection): Promise<void> {
  while (performance.now() < end && failure === undefined) {
    const request = requests[repeats ? sent % requests.length : sent];
    if (request === undefined) return;
    sent += 1;
    const sentAt = performance.now();
    const answer = await connection.ask(request);
    latencies.push(performance.now() - sentAt);
    if (answer.status > 299) failure = `${answer.status} ${answer.body}`;
  }
}
