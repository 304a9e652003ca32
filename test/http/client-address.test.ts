import { describe, expect, it } from 'vitest';
import { createClientAddress } from '../../src/http/client-address.ts';
import { createTestGateway } from '../support/gateway.ts';
import { openServer } from '../support/http-server.ts';

const TRUSTED = ['10.0.0.0/8', 'fd00::/8'];

const addressOf = (remoteAddress: string | undefined, forwarded: string[] = [], trusted = TRUSTED) =>
  createClientAddress(trusted)({
    socket: { remoteAddress },
    rawHeaders: forwarded.flatMap((value) => ['X-Forwarded-For', value]),
  });

describe('the address of a client', () => {
  it.each<[string, string, string[], string]>([
    ['is that of the socket', '192.0.2.1', [], '192.0.2.1'],
    ['is IPv4 on a socket for both versions', '::ffff:192.0.2.1', [], '192.0.2.1'],
    ['ignores X-Forwarded-For of a client', '192.0.2.1', ['198.51.100.7'], '192.0.2.1'],
    ['is named by a trusted proxy', '10.0.0.1', ['198.51.100.7'], '198.51.100.7'],
    ['is named by a trusted proxy of IPv6', 'fd00::1', ['2001:db8::7'], '2001:db8::7'],
    ['is not what a client wrote before', '10.0.0.1', ['1.1.1.1, 198.51.100.7'], '198.51.100.7'],
    [
      'is named before further proxies',
      '::ffff:10.0.0.1',
      ['198.51.100.7, 10.9.9.9 ,10.8.8.8'],
      '198.51.100.7',
    ],
    [
      'is read from all headers in order',
      '10.0.0.1',
      ['1.1.1.1', '198.51.100.7', '10.9.9.9'],
      '198.51.100.7',
    ],
    ['is the first of trusted addresses alone', '10.0.0.1', ['10.1.1.1, 10.2.2.2'], '10.1.1.1'],
    ['may have a port', '10.0.0.1', ['198.51.100.7:4711'], '198.51.100.7'],
    ['may have brackets', '10.0.0.1', ['[2001:db8::7]'], '2001:db8::7'],
    ['may have brackets and a port', '10.0.0.1', ['[2001:db8::7]:4711'], '2001:db8::7'],
    ['is that of the proxy if it names none', '10.0.0.1', [], '10.0.0.1'],
    ['stops at an entry that is no address', '10.0.0.1', ['198.51.100.7, unknown'], '10.0.0.1'],
    ['stops after a proxy at an empty entry', '10.0.0.1', ['198.51.100.7,,10.2.2.2'], '10.2.2.2'],
  ])('%s', (_, peer, forwarded, expected) => {
    expect(addressOf(peer, forwarded)).toBe(expected);
  });

  it('is undefined after the connection has been closed', () => {
    expect(addressOf(undefined, ['198.51.100.7'])).toBeUndefined();
  });

  it('is that of the socket without trusted proxies', () => {
    expect(addressOf('10.0.0.1', ['198.51.100.7'], [])).toBe('10.0.0.1');
  });
});

describe('the log', () => {
  it('names the client of a request to the app', async () => {
    const { app, logLines } = await createTestGateway({ trustedProxies: ['10.0.0.0/8'] });
    const rawHeaders = ['x-forwarded-for', '198.51.100.7'];
    await app.request(
      'http://hdp.test/tasks',
      {},
      {
        incoming: { socket: { remoteAddress: '10.0.0.1' }, rawHeaders },
      },
    );
    expect(JSON.parse(logLines.at(-1) ?? '')).toMatchObject({ msg: 'request', client: '198.51.100.7' });
  });

  const behindProxy = { trustedProxies: ['127.0.0.1'] };
  const headers = { Host: 'hdp.test', 'X-Forwarded-For': '198.51.100.7' };

  it('names the client of a cached response', async () => {
    const { ask, records } = await openServer(behindProxy);
    await ask('/tasks', headers);
    expect(await ask('/tasks', headers)).toMatchObject({ wasCached: true });
    expect(records.at(-1)).toMatchObject({ client: '198.51.100.7' });
  });

  it('names the client of a refused request', async () => {
    const { ask, logLines } = await openServer(behindProxy);
    expect((await ask('/a\\b', headers)).status).toBe(400);
    expect(JSON.parse(logLines.at(-1) ?? '')).toMatchObject({ status: 400, client: '198.51.100.7' });
  });
});
