/**
 * Sends each POST of a list once, in their order, as fast as they are answered, until the end of the list or of the time.
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
}

/** Times in milliseconds. */
export interface WriteLoad {
  perSecond: number;
  p50: number;
  p99: number;
  /** The first response without a status of 200 to 299. */
  failure?: string;
}

const options: WriteLoadOptions = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const { port, connections, seconds, requests } = options;
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
  ...(failure !== undefined && { failure }),
};
process.stdout.write(JSON.stringify(load));

async function send(connection: Connection): Promise<void> {
  while (performance.now() < end && failure === undefined) {
    const request = requests[sent];
    if (request === undefined) return;
    sent += 1;
    const sentAt = performance.now();
    const response = await connection.send(request);
    latencies.push(performance.now() - sentAt);
    if (response.status > 299) failure = `${response.status} ${response.body}`;
  }
}
