import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { isUnavailable, openStore } from '../../../src/db/open.ts';

/** Returns a message of the PostgreSQL protocol: its type, its length and its content. */
function message(type: string, ...content: readonly (number | string)[]): Buffer {
  const body = Buffer.concat(
    content.map((part) => (typeof part === 'number' ? Buffer.from([0, 0, 0, part]) : Buffer.from(part))),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const AUTHENTICATED = message('R', 0);
const READY = message('Z', 'I');
const TERMINATED = message('E', 'SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0');

it('is reported as unavailable if the server ends a connection in the moment in which it accepts it', async () => {
  const server = createServer((socket) => {
    // One packet, so that the driver reads the error before the new connection is in use.
    socket.once('data', () => socket.end(Buffer.concat([AUTHENTICATED, READY, TERMINATED])));
    socket.on('error', () => {});
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const store = openStore(`postgres://user@127.0.0.1:${port}/tasks`);
  const error = await store.snapshot(() => Promise.resolve()).catch((reason: unknown) => reason);
  expect(isUnavailable(error)).toBe(true);
  await store.close();
  server.close();
});
