/** The configurations of docs/proxies.md, run by the real programs. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, vi } from 'vitest';
import { createCertificate } from './support/certificates.ts';
import { codeBlocks, readPage, sectionOf } from './support/documentation.ts';
import { freePort } from './support/free-port.ts';
import { it, type Sandbox } from './support/process.ts';

const PAGE = readPage('docs/proxies.md');

interface Proxy {
  /** The title of its section. */
  name: string;
  program: string;
  /** Returns the configuration file with the block of the documentation, and what starts the program. */
  configure(block: string, folder: string): { file: string; args(path: string): string[] };
}

const PROXIES: Proxy[] = [
  {
    name: 'nginx',
    program: '/usr/sbin/nginx',
    configure: (block, folder) => ({
      file: [
        ...['daemon off;', `pid ${folder}/nginx.pid;`, 'error_log stderr;', 'events {}'],
        'http {',
        ...['access_log off;', ...TEMPORARY.map((kind) => `${kind}_temp_path ${folder}/${kind};`)],
        `${block}}`,
      ].join('\n'),
      args: (path) => ['-c', path, '-e', 'stderr'],
    }),
  },
  {
    name: 'Caddy',
    program: '/usr/bin/caddy',
    configure: (block) => ({
      file: `{\n  admin off\n  auto_https disable_redirects\n}\n${block}`,
      args: (path) => ['run', '--adapter', 'caddyfile', '--config', path],
    }),
  },
  {
    name: 'HAProxy',
    program: '/usr/sbin/haproxy',
    configure: (block) => ({ file: block, args: (path) => ['-db', '-f', path] }),
  },
];

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** Starts Taskgate and a proxy in front of it, as the page says, on free ports. */
async function startBehind({ name, program, configure }: Proxy, sandbox: Sandbox) {
  const server = await sandbox.serve([], {
    SERVICES_HOSTS: 'services.example.com',
    HDP_HOSTS: 'hdp.example.com',
    TRUSTED_PROXIES: '127.0.0.1',
  });
  const folder = mkdtempSync(join(tmpdir(), 'taskgate-proxy-'));
  const { cert, key } = await createCertificate('services.example.com');
  writeFileSync(join(folder, 'taskgate.pem'), `${cert}\n${key}\n`);
  writeFileSync(join(folder, 'taskgate.key'), key);
  const port = await freePort();
  const block = (codeBlocks(sectionOf(PAGE, name))[0]?.code ?? '')
    .replaceAll('127.0.0.1:8787', `127.0.0.1:${server.port}`)
    .replaceAll('/etc/ssl', folder)
    .replace('listen 443 ssl', `listen ${port} ssl`)
    .replace('bind :443', `bind :${port}`)
    .replace(
      'services.example.com, hdp.example.com {',
      `services.example.com:${port}, hdp.example.com:${port} {`,
    );
  const { file, args } = configure(block, folder);
  const path = join(folder, 'proxy.conf');
  writeFileSync(path, `${file}\n`);
  const proxy = sandbox.program(program, args(path), { XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder });
  /** Sends a request from 127.0.0.2, which is no trusted proxy. */
  const get = (host: string, target: string, headers: Record<string, string> = {}) =>
    new Promise<{ status: number | undefined; headers: IncomingMessage['headers']; body: string }>(
      (resolve, reject) => {
        const options = { host: '127.0.0.1', port, path: target, localAddress: '127.0.0.2' };
        const sent = request(
          {
            ...{ ...options, servername: host, rejectUnauthorized: false, agent: false },
            headers: { Host: host, ...headers },
          },
          async (response) => {
            let body = '';
            for await (const chunk of response) body += chunk;
            resolve({ status: response.statusCode, headers: response.headers, body });
          },
        );
        sent.on('error', reject).end();
      },
    );
  const answers = () =>
    get('hdp.example.com', '/is-alive').then(
      ({ status }) => status === 200,
      () => false,
    );
  await vi.waitUntil(answers, { timeout: 10_000 }).catch((error: unknown) => {
    throw new Error(`${name} does not answer: ${proxy.stderr()}`, { cause: error });
  });
  const clientOf = async (requestId: string) => {
    const find = () =>
      server
        .stdout()
        .split('\n')
        .find((line) => line.includes(requestId));
    await vi.waitUntil(find);
    return JSON.parse(find() ?? '').client;
  };
  const stop = () => {
    proxy.kill('SIGTERM');
    return proxy.exited.then(() => rmSync(folder, { recursive: true }));
  };
  return { get, clientOf, stop };
}

describe.each(PROXIES)('$name, as documented', (proxy) => {
  const isInstalled = existsSync(proxy.program);
  if (!isInstalled) console.warn(`The test of ${proxy.name} is skipped: there is no ${proxy.program}.`);

  it.skipIf(!isInstalled)('routes both hosts, and names the scheme and the client', async ({ sandbox }) => {
    const { get, clientOf, stop } = await startBehind(proxy, sandbox);
    const hdp = await get('hdp.example.com', '/tasks');
    expect([hdp.status, JSON.parse(hdp.body).pagination.total]).toEqual([200, 0]);
    expect(hdp.headers['strict-transport-security']).toBe('max-age=31536000');
    expect((await get('services.example.com', '/tasks')).status).toBe(401);
    const { body } = await get('services.example.com', '/openapi.json');
    expect(JSON.parse(body).servers).toEqual([
      { url: expect.stringMatching(/^https:\/\/services\.example\.com/) },
    ]);
    const id = 'request-with-a-forged-address';
    const forged = { 'X-Forwarded-For': '192.0.2.66', 'X-Forwarded-Host': 'services.example.com' };
    expect((await get('hdp.example.com', '/tasks', { ...forged, 'X-Request-Id': id })).status).toBe(200);
    expect(await clientOf(id)).toBe('127.0.0.2');
    await stop();
  });
});
