/**
 * Sends each POST of a list once, in order, as fast as the server responds, until the list or the time ends.
 * Argument: the path of a file with `WriteLoadOptions` as JSON. Prints a `WriteLoadResult`.
 */
import { readFileSync } from 'node:fs';
import { Connection } from './http-client.ts';
import { percentile } from './stats.ts';

export interface WriteLoadOptions {
  port: number;
  connections: number;
  seconds: number;
  /** Requests as `serializeRequest` returns them. */
  requests: string[];
}

/** Times in milliseconds. */
export interface WriteLoadResult {
  perSecond: number;
  p50: number;
  p99: number;
  /** Status and body of the first response with a status above 299. */
  failure?: string;
}

const options: WriteLoadOptions = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const { port, connections, seconds, requests } = options;
const openConnections = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
const latencies: number[] = [];
let sent = 0;
let failure: string | undefined;

const start = performance.now();
const end = start + seconds * 1000;
await Promise.all(openConnections.map(send));
const elapsed = performance.now() - start;
for (const connection of openConnections) connection.close();

const load: WriteLoadResult = {
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
