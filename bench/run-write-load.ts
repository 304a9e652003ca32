/** Writes over HTTP, sent from another process. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HttpRequest, requestText } from './client.ts';
import type { Bench, Server } from './contestants.ts';
import { script } from './paths.ts';
import { run } from './processes.ts';
import type { WriteLoad, WriteLoadOptions } from './write-load.ts';

/** Sends each POST of a list once, in their order, as fast as they are answered. @throws Error when one failed */
export async function writeLoad(
  { scratch }: Bench,
  { name, port }: Server,
  requests: readonly HttpRequest[],
  connections: number,
  seconds: number,
): Promise<WriteLoad> {
  const options: WriteLoadOptions = { port, connections, seconds, requests: requests.map(requestText) };
  const file = join(scratch, 'write-load.json');
  writeFileSync(file, JSON.stringify(options));
  const { output } = await run(process.execPath, [script('write-load.js'), file]);
  const result: WriteLoad = JSON.parse(output);
  if (result.failure !== undefined) throw new Error(`${name} answered a POST with ${result.failure}.`);
  return result;
}
