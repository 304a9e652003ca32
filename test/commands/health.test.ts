import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, vi } from 'vitest';
import { it, type Sandbox } from '../support/process.ts';

// taskgate health as a separate process, as a container engine runs it.

const fileOf = (sandbox: Sandbox) => join(sandbox.dir, 'health.json');
const envOf = (sandbox: Sandbox) => ({ HEALTH_FILE: fileOf(sandbox) });
const record = (sandbox: Sandbox): Record<string, unknown> =>
  JSON.parse(readFileSync(fileOf(sandbox), 'utf8'));
const checkHealth = async (sandbox: Sandbox) => {
  const { code, stdout, stderr } = await sandbox.taskgate(['health'], envOf(sandbox));
  expect(stdout).toBe('');
  return code === 0 && stderr === '' ? 'healthy' : `${code} ${stderr}`;
};

/** Starts a server that answers every request with one status, and writes its health file. */
async function pretendServer(sandbox: Sandbox, status: number) {
  const server = createServer((_, response) => response.writeHead(status).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  const { address, port } = server.address() as AddressInfo;
  const record = { pid: process.pid, command: 'serve', address: { address, port } };
  writeFileSync(fileOf(sandbox), JSON.stringify(record));
}

describe.concurrent('taskgate health', () => {
  it.for(['127.0.0.1', '0.0.0.0', '::', '::1', 'localhost', '127.0.0.2'])(
    'finds a server healthy that listens on %s, whatever its host names',
    async (HOST, { sandbox }) => {
      const names = { HDP_HOSTS: 'hdp.example', SERVICES_HOSTS: 'services.example' };
      await sandbox.serve([], { ...envOf(sandbox), ...names, HOST });
      expect(await checkHealth(sandbox)).toBe('healthy');
    },
  );

  it.for([204, 301, 404, 421, 500, 503])(
    'finds a server that answers %i unhealthy',
    async (status, { sandbox }) => {
      await pretendServer(sandbox, status);
      expect(await checkHealth(sandbox)).toMatch(
        new RegExp(
          `^1 taskgate: The server at 127\\.0\\.0\\.1, port \\d+, answered ${status} to GET /is-alive\\.\n$`,
        ),
      );
    },
  );

  it('reports a server that hangs as unhealthy', async ({ sandbox }) => {
    const server = await sandbox.serve([], envOf(sandbox));
    server.kill('SIGSTOP');
    expect(await checkHealth(sandbox)).toMatch(
      /^1 taskgate: The server at .* did not answer \(timeout\) to GET/,
    );
  });

  it('reports a server that does not listen yet as unhealthy', async ({ sandbox }) => {
    writeFileSync(fileOf(sandbox), JSON.stringify({ pid: process.pid, command: 'serve' }));
    expect(await checkHealth(sandbox)).toBe('1 taskgate: taskgate serve does not listen yet.\n');
  });

  it('reports any other command as healthy while it runs', async ({ sandbox }) => {
    const simulation = sandbox.start(['simulate'], envOf(sandbox));
    await vi.waitFor(() => expect(record(sandbox)).toMatchObject({ command: 'simulate' }), 10_000);
    expect(await checkHealth(sandbox)).toBe('healthy');
    simulation.kill('SIGTERM');
    await simulation.exited;
    expect(await checkHealth(sandbox)).toContain('taskgate simulate has ended');
  });

  it('prints the full name of a command', async ({ sandbox }) => {
    await sandbox.taskgate(['tokens', 'list'], envOf(sandbox));
    expect(await checkHealth(sandbox)).toMatch(
      /^1 taskgate: taskgate tokens list has ended \(process \d+\)\.\n$/,
    );
  });

  it('is unhealthy without a health file, and reports what is missing', async ({ sandbox }) => {
    expect(await checkHealth(sandbox)).toBe(`1 taskgate: No process has written ${fileOf(sandbox)}.\n`);
    writeFileSync(fileOf(sandbox), '{"pid":');
    expect(await checkHealth(sandbox)).toBe(`1 taskgate: No process has written ${fileOf(sandbox)}.\n`);
    const { code, stderr } = await sandbox.taskgate(['health']);
    expect(code).toBe(1);
    expect(stderr).toBe('taskgate: HEALTH_FILE is not set, so there is nothing to check.\n');
  });

  it('does not stop a server if the health file cannot be written', async ({ sandbox }) => {
    const server = await sandbox.serve([], { HEALTH_FILE: join(sandbox.dir, 'none/health.json') });
    await server.waitForLog(
      `the health file ${sandbox.dir}/none/health.json cannot be written: no such file or directory`,
    );
    expect(server.port).toBeGreaterThan(0);
  });

  it('reads a file that other users cannot read', async ({ sandbox }) => {
    await sandbox.shell(`umask 000; HEALTH_FILE='${fileOf(sandbox)}' taskgate migrate`);
    expect(statSync(fileOf(sandbox)).mode & 0o777).toBe(0o600);
  });
});

describe('the Dockerfile', () => {
  const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');

  it('checks the health of any command that the image runs', () => {
    const [, check = '[]'] = /^HEALTHCHECK .*CMD (\[.*\])$/m.exec(dockerfile) ?? [];
    const [, entry = '[]'] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? [];
    expect(JSON.parse(check)).toEqual([...JSON.parse(entry), 'health']);
    expect(dockerfile).toMatch(/^ {4}HEALTH_FILE=\/tmp\/\S+$/m);
  });
});
