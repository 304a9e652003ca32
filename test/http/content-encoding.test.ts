import { gzipSync } from 'node:zlib';
import { describe, expect } from 'vitest';
import { SERVICES_ERRORS } from '../../src/services/errors.ts';
import { addHdpTasks, addServicesTasks, asChain, asKey, type Gateway } from '../support/gateway.ts';
import { it as processIt } from '../support/process.ts';
import { withConnection } from '../support/raw-http.ts';
import { type Scenario, testScenarios } from '../support/scenarios.ts';
import { servicesError } from '../support/services-requests.ts';
import { anHdpTask, aServicesTask, ulid } from '../support/tasks.ts';

const ENCODING_RULE = 'The body must be sent as it is, without Content-Encoding.';
const servicesTask = {
  chain: 1764,
  desc: '',
  trigger: { once: '2026-06-01T12:00:00Z' },
  target: { action: 'x' },
};

async function addTasksAndCredentials({ store }: Gateway) {
  await addServicesTasks(store, aServicesTask());
  await addHdpTasks(store, anHdpTask());
  await asKey(store, 'processor');
  return { ...(await asChain(store, 1764)), ...(await asKey(store, 'client')) };
}

const POSTS = [
  { url: 'http://services.test/tasks', requestBody: servicesTask },
  { url: 'http://services.test/tasks/1/execute', requestBody: {} },
  { url: 'http://hdp.test/tasks', requestBody: { destination_chain_id: '0x1', input: {} } },
  { url: `http://hdp.test/tasks/${ulid(1)}/retry`, requestBody: {} },
  {
    url: `http://hdp.test/tasks/${ulid(1)}/transitions`,
    requestBody: { status: 'DryRunStarted' },
    headers: { 'X-API-KEY': 'key-of-a-processor' },
  },
];

const rejects = (post: (typeof POSTS)[number], coding: string): Scenario => ({
  name: `returns 415 for a POST of ${coding} to ${post.url}`,
  method: 'POST',
  ...post,
  headers: { ...post.headers, 'Content-Encoding': coding },
  status: 415,
  body: post.url.includes('hdp')
    ? { error: ENCODING_RULE }
    : servicesError(SERVICES_ERRORS.unsupported_media_type.code, 'unsupported_media_type', ENCODING_RULE),
  responseHeaders: { 'accept-encoding': 'identity' },
});

describe('a body with Content-Encoding', () => {
  testScenarios(addTasksAndCredentials, [
    ...POSTS.flatMap((post) =>
      ['gzip', 'br', 'deflate', 'zstd', 'GZIP', 'identity, gzip', 'nonsense'].map((coding) =>
        rejects(post, coding),
      ),
    ),
    ...['identity', 'Identity', 'identity, identity', ''].map((coding) => ({
      name: `is accepted with the coding "${coding}"`,
      url: 'http://services.test/tasks',
      method: 'POST',
      requestBody: servicesTask,
      headers: { 'Content-Encoding': coding },
      status: 201,
    })),
    {
      name: 'is rejected after the credentials are checked',
      url: 'http://services.test/tasks',
      method: 'POST',
      requestBody: servicesTask,
      setUp: async () => undefined,
      headers: { 'Content-Encoding': 'gzip' },
      status: 401,
    },
    {
      name: 'is not rejected without a body',
      url: 'http://services.test/tasks/1/execute',
      method: 'POST',
      headers: { 'Content-Encoding': 'gzip' },
      status: 409,
    },
  ]);

  processIt('is read to its end, and the connection is closed', async ({ sandbox }) => {
    const { port } = await sandbox.serve(['--demo']);
    const body = gzipSync(JSON.stringify(servicesTask));
    for (const path of ['/tasks', '/tasks/12345/execute']) {
      await withConnection(port, async (wire) => {
        const head = [
          `POST ${path} HTTP/1.1`,
          'Host: services.localhost',
          'Authorization: Bearer demo:demo-secret-of-chain-1764',
          'Content-Type: application/json',
          'Content-Encoding: gzip',
          `Content-Length: ${body.length}`,
        ];
        wire.send(`${head.join('\r\n')}\r\n\r\n`);
        wire.send(body);
        const { status, headers } = await wire.readResponse();
        expect({ status, connection: headers.get('connection') }).toEqual({
          status: 415,
          connection: 'close',
        });
        await wire.waitUntilClosed();
      });
    }
  });
});
