import { describe, expect, it, vi } from 'vitest';
import type { CachedServer } from '../support/cached-server.ts';
import { asKey } from '../support/gateway.ts';
import { expectServerError, openServer } from '../support/http-server.ts';
import { requestText, sendRequest, withConnection } from '../support/raw-http.ts';

const HDP = 'hdp.test';

async function expectAbortedLog({ logLines }: CachedServer): Promise<void> {
  const logged = await vi.waitUntil(() => logLines.find((line) => line.includes('/tasks')));
  expect(JSON.parse(logged)).toMatchObject({ level: 30, msg: 'request aborted', status: 499 });
  expect(logLines.filter((line) => JSON.parse(line).level > 30)).toEqual([]);
}

describe('a request whose body is incomplete', () => {
  const head = (extra: Record<string, string>) =>
    requestText(HDP, '/tasks', {
      method: 'POST',
      headers: { 'X-API-KEY': 'key-of-a-client', 'Content-Type': 'application/json', ...extra },
    });

  it.each([
    ['of a known length', `${head({ 'Content-Length': '1000' })}{"destination`],
    ['in chunks', `${head({ 'Transfer-Encoding': 'chunked' })}5\r\n{"des`],
    ['without its first byte', head({ 'Content-Length': '10' })],
  ])('(%s) is logged as aborted at info, and creates no task', async (_, bytes) => {
    const server = await openServer();
    await asKey(server.writer, 'client');
    await withConnection(server.port, async (wire) => {
      wire.send(bytes);
      // When the second connection has a response, the server has read the bytes of the first one.
      await sendRequest(server.port, requestText(HDP, '/is-alive'));
      wire.abort();
    });
    await expectAbortedLog(server);
    expect(
      JSON.parse((await sendRequest(server.port, requestText(HDP, '/tasks'))).body).pagination.total,
    ).toBe(0);
  });

  it.each([
    ['of a known length', `${head({ 'Content-Length': '1000' })}{"destination`],
    ['in chunks', `${head({ 'Transfer-Encoding': 'chunked' })}5\r\n{"des`],
  ])('(%s) is logged as aborted if the client half-closes the connection', async (_, bytes) => {
    const server = await openServer();
    await asKey(server.writer, 'client');
    await withConnection(server.port, async (wire) => {
      wire.send(bytes);
      await sendRequest(server.port, requestText(HDP, '/is-alive'));
      wire.endWriting();
      await wire.waitUntilClosed();
      expect(wire.unread()).toBe('');
    });
    await expectAbortedLog(server);
  });

  it('returns 400 for a chunk without a size, and creates no task', async () => {
    const server = await openServer();
    await asKey(server.writer, 'client');
    const answer = await sendRequest(server.port, `${head({ 'Transfer-Encoding': 'chunked' })}zz\r\n`);
    expectServerError(answer, 'The chunked request body is not valid');
    expect(server.logLines.filter((line) => JSON.parse(line).level > 30)).toEqual([]);
    expect(
      JSON.parse((await sendRequest(server.port, requestText(HDP, '/tasks'))).body).pagination.total,
    ).toBe(0);
  });
});
