import { describe, expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { hashSecret } from '../../src/http/secrets.ts';
import { type Cli, createCli, parseNdjson } from '../support/cli.ts';
import { NOW } from '../support/gateway.ts';

const iso = (time: number) => new Date(time).toISOString();

/** Creates a key. Returns it with its id. */
async function newKey(cli: Cli, role: string, ...options: string[]) {
  const { code, stdout, stderr } = await cli.run(['keys', 'create', '--role', role, ...options]);
  expect(code).toBe(0);
  return { key: stdout.trimEnd(), id: /^Key ([0-9a-f]{18})\./.exec(stderr)?.[1] ?? '', stdout, stderr };
}

describe('taskgate keys', () => {
  it('creates a key of a role, and prints only the key on stdout', async () => {
    const cli = await createCli();
    const { key, id, stdout, stderr } = await newKey(cli, 'processor');
    expect(stdout).toMatch(/^[\w-]{43}\n$/);
    expect(stderr).toBe(`Key ${id}. Save the key now: it is stored only as a hash and is not shown again.\n`);
    const store = openStore(cli.databaseUrl());
    onTestFinished(() => store.close());
    expect(await store.apiKeys.find(hashSecret(key))).toMatchObject({
      id,
      role: 'processor',
      revokedAt: null,
    });
  });

  it.each([[[]], [['--role', 'admin']]])('rejects %j as a role', async (options) => {
    const cli = await createCli();
    const { code, stdout } = await cli.run(['keys', 'create', ...options]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect((await cli.run(['keys', 'list'])).stdout).toBe('');
  });

  it('lists keys, oldest first, without the keys or their hashes', async () => {
    const cli = await createCli();
    const one = await newKey(cli, 'client', '--label', 'a "b"');
    const other = await newKey(cli, 'processor');
    await cli.run(['keys', 'revoke', one.id], { now: NOW + 5 });
    const { stdout, stderr } = await cli.run(['keys', 'list']);
    const times = { state: 'active', created: iso(NOW), revoked: null };
    const expected = [
      { id: one.id, role: 'client', label: 'a "b"', ...times, state: 'revoked', revoked: iso(NOW + 5) },
      { id: other.id, role: 'processor', label: '', ...times },
    ];
    const listed = parseNdjson(stdout);
    expect(listed).toHaveLength(2);
    expect(listed).toEqual(expect.arrayContaining(expected));
    for (const { key } of [one, other]) {
      const hash = hashSecret(key);
      const spellings = [
        key,
        ...(['hex', 'base64', 'base64url'] as const).map((form) => hash.toString(form)),
      ];
      for (const spelling of spellings) expect(stdout + stderr).not.toContain(spelling);
    }
  });

  it('rejects the id of a missing or revoked key', async () => {
    const cli = await createCli();
    const { id, key } = await newKey(cli, 'client');
    expect(await cli.run(['keys', 'revoke', id])).toEqual({
      code: 0,
      stdout: '',
      stderr: `Key ${id} is revoked.\n`,
    });
    for (const gone of [id, key, "' OR 1=1 --"]) {
      expect(await cli.run(['keys', 'revoke', gone])).toEqual({
        code: 1,
        stdout: '',
        stderr: `taskgate: There is no active key ${gone}.\n`,
      });
    }
  });

  it('does not store the key itself', async () => {
    const cli = await createCli();
    const { id, key } = await newKey(cli, 'client');
    const bytes = await cli.storedBytes();
    expect(bytes.includes(id)).toBe(true);
    expect(bytes.includes(hashSecret(key))).toBe(true);
    expect(bytes.includes(key)).toBe(false);
    expect(bytes.includes(Buffer.from(key, 'base64url'))).toBe(false);
  });
});
