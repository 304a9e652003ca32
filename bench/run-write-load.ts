/** Sends writes over HTTP from another process. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HttpRequest, serializeRequest } from './http-client.ts';
import { compiledScript } from './paths.ts';
import { run } from './processes.ts';
import type { Server } from './server-process.ts';
import type { Bench } from './start-servers.ts';
import type { WriteLoadOptions, WriteLoadResult } from './write-load.ts';

/** Sends each POST of a list once, in order, as fast as the server responds. @throws Error if a POST fails */
export async function runWriteLoad(
  { scratch }: Bench,
  { name, port }: Server,
  requests: readonly HttpRequest[],
  connections: number,
  seconds: number,
): Promise<WriteLoadResult> {
  const options: WriteLoadOptions = { port, connections, seconds, requests: requests.map(serializeRequest) };
  const file = join(scratch, 'write-load.json');
  writeFileSync(file, JSON.stringify(options));
  const { output } = await run(process.execPath, [compiledScript('write-load.js'), file]);
  const result: WriteLoadResult = JSON.parse(output);
  if (result.failure !== undefined) throw new Error(`${name} returned for a POST: ${result.failure}`);
  return result;
}
