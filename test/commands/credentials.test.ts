import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createApp } from '../../src/app.ts';
import { openStore } from '../../src/db/open.ts';
import { hashSecret } from '../../src/http/secrets.ts';
import { type Cli, createCli, parseNdjson } from '../support/cli.ts';
import { addServicesTasks, NOW } from '../support/gateway.ts';
import { testLimits } from '../support/limits.ts';
import { NO_RUNNER } from '../support/runner.ts';
import { aServicesTask } from '../support/tasks.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const iso = (time: number) => new Date(time).toISOString();

/** Creates a gateway on the database of a command line, with one task in chain 1764. */
async function serving(cli: Cli) {
  const store = openStore(cli.databaseUrl());
  onTestFinished(() => store.close());
  await store.migrate();
  await addServicesTasks(store, aServicesTask({ chain: 1764 }));
  let now = NOW;
  const app = createApp({
    ...NO_RUNNER,
    store,
    servicesHosts: ['services.test'],
    hdpHosts: ['hdp.test'],
    trustedProxies: [],
    servicesCorsOrigins: [],
    limits: testLimits(),
    webhookAllow: [],
    log: pino({ level: 'silent' }),
    now: () => now,
    clock: () => 0,
    newRequestId: () => 'fresh-id',
    newUlid: () => '',
    isDraining: () => false,
    isOverloaded: () => false,
  });
  return async (headers: Record<string, string>, time = NOW) => {
    now = time;
    const response = await app.request('http://services.test/tasks', { headers });
    const tasks = response.ok ? await response.json() : undefined;
    return { status: response.status, tasks };
  };
}

const SERVED = { status: 200, tasks: [aServicesTask({ chain: 1764 })] };
const REFUSED = { status: 401, tasks: undefined };
const FORBIDDEN = { status: 403, tasks: undefined };

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const admin = (user: number, key: string, chain = 1764) => ({
  'X-Spaaza-Session-User-Id': String(user),
  'X-Spaaza-Session-Key': key,
  'X-Spaaza-Session-Chain-Id': String(chain),
});

/** Creates a token. Returns `ID:SECRET` and its parts. */
async function newToken(cli: Cli, ...options: string[]) {
  const { code, stdout } = await cli.run(['tokens', 'create', '--chain', '1764', ...options]);
  expect(code).toBe(0);
  const token = stdout.trimEnd();
  const [id = '', secret = ''] = token.split(':');
  return { token, id, secret };
}

/** Creates a session of user 7. Returns its key and id. */
async function newSession(cli: Cli, ...options: string[]) {
  const { code, stdout, stderr } = await cli.run(['sessions', 'create', '--user', '7', ...options]);
  expect(code).toBe(0);
  return { key: stdout.trimEnd(), id: /^Session (\w+)\./m.exec(stderr)?.[1] ?? '' };
}

const grant = (cli: Cli, ...options: string[]) =>
  cli.run(['admins', 'grant', '--user', '7', '--chain', '1764', ...options]);

describe('taskgate tokens', () => {
  it('creates a valid token, and prints only the token on stdout', async () => {
    const cli = await createCli();
    const get = await serving(cli);
    const { code, stdout, stderr } = await cli.run(['tokens', 'create', '--chain', '1764']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[0-9a-f]{18}:[\w-]{43}\n$/);
    expect(stderr).toBe('Save the secret now: it is stored only as a hash and is not shown again.\n');
    expect(await get(bearer(stdout.trimEnd()))).toEqual(SERVED);
    expect(await get(bearer(`${stdout.trimEnd()}x`))).toEqual(REFUSED);
  });

  it('creates tokens that give access only to their own chain', async () => {
    const cli = await createCli();
    const get = await serving(cli);
    const { stdout } = await cli.run(['tokens', 'create', '--chain', '9']);
    expect(await get(bearer(stdout.trimEnd()))).toEqual({ status: 200, tasks: [] });
  });

  it('creates a token that does not expire without --expires', async () => {
    const cli = await createCli();
    const get = await serving(cli);
    const { token } = await newToken(cli);
    expect(await get(bearer(token), Date.parse('9999-12-31T23:59:59Z'))).toEqual(SERVED);
  });

  it('creates a token that expires at the time of --expires', async () => {
    const cli = await createCli();
    const get = await serving(cli);
    const { token } = await newToken(cli, '--expires', '90m');
    expect(await get(bearer(token), NOW + 90 * MINUTE - 1)).toEqual(SERVED);
    expect(await get(bearer(token), NOW + 90 * MINUTE)).toEqual(REFUSED);
  });

  it('revokes a token from the next request on, and no other token', async () => {
    const cli = await createCli();
    const get = await serving(cli);
    const one = await newToken(cli);
    const other = await newToken(cli);
    expect(await get(bearer(one.token))).toEqual(SERVED);
    expect(await cli.run(['tokens', 'revoke', one.id])).toEqual({
      code: 0,
      stdout: '',
      stderr: `Token ${one.id} is revoked.\n`,
    });
    expect(await get(bearer(one.token))).toEqual(REFUSED);
    expect(await get(bearer(other.token))).toEqual(SERVED);
  });

  it('lists tokens, oldest first, with their times and without secrets or hashes', async () => {
    const cli = await createCli();
    const lasting = await newToken(cli, '--label', 'till, "2"');
    const { stdout } = await cli.run(['tokens', 'create', '--chain', '9', '--expires', '1h'], {
      now: NOW + 1,
    });
    const [briefId = '', briefSecret = ''] = stdout.trimEnd().split(':');
    const listed = await cli.run(['tokens', 'list']);
    const lastingLife = { state: 'active', created: iso(NOW), expires: null, revoked: null };
    const briefLife = { state: 'active', created: iso(NOW + 1), expires: iso(NOW + 1 + HOUR), revoked: null };
    expect(parseNdjson(listed.stdout)).toEqual([
      { id: lasting.id, chain: 1764, label: 'till, "2"', ...lastingLife },
      { id: briefId, chain: 9, label: '', ...briefLife },
    ]);
    expectNothingOf([lasting.secret, briefSecret], listed.stdout + listed.stderr);

    await cli.run(['tokens', 'revoke', lasting.id], { now: NOW + 5 });
    const later = await cli.run(['tokens', 'list'], { now: NOW + 1 + HOUR });
    expect(parseNdjson(later.stdout)).toEqual([
      {
        id: lasting.id,
        chain: 1764,
        label: 'till, "2"',
        ...lastingLife,
        state: 'revoked',
        revoked: iso(NOW + 5),
      },
      { id: briefId, chain: 9, label: '', ...briefLife, state: 'expired' },
    ]);
  });

  it('lists nothing when there are no tokens', async () => {
    const cli = await createCli();
    await cli.run(['migrate']);
    expect(await cli.run(['tokens', 'list'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('rejects the id of a missing or revoked token', async () => {
    const cli = await createCli();
    const { id } = await newToken(cli);
    await cli.run(['tokens', 'revoke', id]);
    for (const gone of [id, 'nobody', "' OR 1=1 --"]) {
      expect(await cli.run(['tokens', 'revoke', gone])).toEqual({
        code: 1,
        stdout: '',
        stderr: `taskgate: There is no active token ${gone}.\n`,
      });
    }
  });

  it('does not store the secret itself', async () => {
    const cli = await createCli();
    const { id, secret } = await newToken(cli);
    const bytes = await cli.storedBytes();
    expect(bytes.includes(id)).toBe(true);
    expect(bytes.includes(hashSecret(secret))).toBe(true);
    for (const spelling of spellings(secret)) expect(bytes.includes(spelling)).toBe(false);
  });
});

describe('taskgate admins', () => {
  it.each(['READ', 'WRITE'])('gives access to a session of a user with %s', async (level) => {
    const cli = await createCli();
    const get = await serving(cli);
    const { key } = await newSession(cli);
    expect(await get(admin(7, key))).toEqual(FORBIDDEN);
    expect(await grant(cli, '--level', level)).toEqual({
      code: 0,
      stdout: '',
      stderr: `User 7 has ${level} access to chain 1764.\n`,
    });
    expect(await get(admin(7, key))).toEqual(SERVED);
    expect(await get(admin(7, key, 9))).toEqual(FORBIDDEN);
  });

  it('revokes access from the next request on', async () => {
    const cli = await createCli();
    const get = await serving(cli);
    await grant(cli);
    const { key } = await newSession(cli);
    expect(await get(admin(7, key))).toEqual(SERVED);
    expect(await cli.run(['admins', 'revoke', '--user', '7', '--chain', '1764'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'User 7 no longer has access to chain 1764.\n',
    });
    expect(await get(admin(7, key))).toEqual(FORBIDDEN);
  });

  it('lists the latest granted level by user and chain', async () => {
    const cli = await createCli();
    await grant(cli, '--level', 'WRITE');
    await cli.run(['admins', 'grant', '--user', '6', '--chain', '9000', '--level', 'WRITE']);
    await cli.run(['admins', 'grant', '--user', '7', '--chain', '9']);
    await grant(cli);
    const { code, stdout } = await cli.run(['admins', 'list']);
    expect(code).toBe(0);
    expect(parseNdjson(stdout)).toEqual([
      { user: 6, chain: 9000, level: 'WRITE' },
      { user: 7, chain: 9, level: 'READ' },
      { user: 7, chain: 1764, level: 'READ' },
    ]);
  });

  it('rejects the revocation of access that was not granted', async () => {
    const cli = await createCli();
    await grant(cli);
    const { code, stderr } = await cli.run(['admins', 'revoke', '--user', '7', '--chain', '9']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'taskgate: User 7 has no access to chain 9.\n' });
  });
});

describe('taskgate sessions', () => {
  it('creates a valid session, and prints only its key on stdout', async () => {
    const cli = await createCli();
    const get = await serving(cli);
    await grant(cli);
    const { code, stdout, stderr } = await cli.run(['sessions', 'create', '--user', '7']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[\w-]{43}\n$/);
    expect(stderr).toMatch(
      /^Session [0-9a-f]{18}\. Save the key now: it is stored only as a hash and is not shown again\.\n$/,
    );
    expect(await get(admin(7, stdout.trimEnd()))).toEqual(SERVED);
    expect(await get(admin(8, stdout.trimEnd()))).toEqual(REFUSED);
  });

  it('warns if the user has no access to any chain yet', async () => {
    const cli = await createCli();
    const { stderr } = await cli.run(['sessions', 'create', '--user', '7']);
    expect(stderr).toContain('User 7 has no access to any chain yet; see taskgate admins grant.\n');
  });

  it('creates a session that expires after twelve hours, or at the time of --expires', async () => {
    const cli = await createCli();
    const get = await serving(cli);
    await grant(cli);
    const half = await newSession(cli);
    const brief = await newSession(cli, '--expires', '2026-06-01T14:00:30+02:00');
    expect(await get(admin(7, half.key), NOW + 12 * HOUR - 1)).toEqual(SERVED);
    expect(await get(admin(7, half.key), NOW + 12 * HOUR)).toEqual(REFUSED);
    expect(await get(admin(7, brief.key), NOW + 29_999)).toEqual(SERVED);
    expect(await get(admin(7, brief.key), NOW + 30_000)).toEqual(REFUSED);
  });

  it('revokes a session from the next request on, and no other session', async () => {
    const cli = await createCli();
    const get = await serving(cli);
    await grant(cli);
    const one = await newSession(cli);
    const other = await newSession(cli);
    expect(await get(admin(7, one.key))).toEqual(SERVED);
    const { code, stderr } = await cli.run(['sessions', 'revoke', one.id]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: `Session ${one.id} is revoked.\n` });
    expect(await get(admin(7, one.key))).toEqual(REFUSED);
    expect(await get(admin(7, other.key))).toEqual(SERVED);
  });

  it('lists sessions with their times and without keys or hashes', async () => {
    const cli = await createCli();
    const { id, key } = await newSession(cli);
    const times = { created: iso(NOW), expires: iso(NOW + 12 * HOUR), revoked: null };
    const { stdout, stderr } = await cli.run(['sessions', 'list']);
    expect(parseNdjson(stdout)).toEqual([{ id, user: 7, state: 'active', ...times }]);
    expectNothingOf([key], stdout + stderr);
    const later = await cli.run(['sessions', 'list'], { now: NOW + 12 * HOUR });
    expect(parseNdjson(later.stdout)).toEqual([{ id, user: 7, state: 'expired', ...times }]);
  });

  it('rejects the id of a missing or revoked session', async () => {
    const cli = await createCli();
    const { id, key } = await newSession(cli);
    await cli.run(['sessions', 'revoke', id]);
    for (const gone of [id, key]) {
      const { code, stderr } = await cli.run(['sessions', 'revoke', gone]);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: `taskgate: There is no active session ${gone}.\n`,
      });
    }
  });

  it('stores no key', async () => {
    const cli = await createCli();
    const { id, key } = await newSession(cli);
    const bytes = await cli.storedBytes();
    expect(bytes.includes(id)).toBe(true);
    expect(bytes.includes(hashSecret(key))).toBe(true);
    for (const spelling of spellings(key)) expect(bytes.includes(spelling)).toBe(false);
  });
});

describe.each([
  ['tokens create', ['tokens', 'create', '--chain', '1']],
  ['sessions create', ['sessions', 'create', '--user', '1']],
])('--expires of taskgate %s', (_, command) => {
  const expiryOf = (stdout: string) => parseNdjson(stdout).map((row) => Reflect.get(Object(row), 'expires'));

  it.each([
    ['1s', iso(NOW + 1000)],
    ['15m', iso(NOW + 15 * MINUTE)],
    ['12h', iso(NOW + 12 * HOUR)],
    ['30d', iso(NOW + 30 * 24 * HOUR)],
    ['2027-01-31', '2027-01-31T00:00:00.000Z'],
    ['2027-01-31T10:00Z', '2027-01-31T10:00:00.000Z'],
    ['2028-02-29T23:59:59Z', '2028-02-29T23:59:59.000Z'],
    ['2027-01-31T00:00:00.5+02:00', '2027-01-30T22:00:00.500Z'],
  ])('takes %s', async (text, expires) => {
    const cli = await createCli();
    expect((await cli.run([...command, '--expires', text])).code).toBe(0);
    expect(expiryOf((await cli.run([command[0] ?? '', 'list'])).stdout)).toEqual([expires]);
  });

  it.each([
    ...['', 'tomorrow', '12', '12H', '1.5h', '1w', '2027-02-30', '2027-02-29T00:00:00Z', '2027-13-01'],
    ...['2027-01-31T00:00:00', '2027-01-31 00:00:00Z', '2027-01-31T25:00:00Z', '100000000d', '999999999d'],
  ])('rejects "%s", which is not a time', async (text) => {
    const cli = await createCli();
    expect(await cli.run([...command, '--expires', text])).toEqual({
      code: 1,
      stdout: '',
      stderr: `taskgate: --expires takes a duration like 12h or 30d, or a time like 2027-01-31T00:00:00Z, not "${text}".\n`,
    });
    expect((await cli.run([command[0] ?? '', 'list'])).stdout).toBe('');
  });

  it.each(['0s', '0d', '2026-06-01', '2026-06-01T12:00:00Z', '1999-12-31T23:59:59Z'])(
    'refuses %s, which is not in the future',
    async (text) => {
      expect(await (await createCli()).run([...command, '--expires', text])).toEqual({
        code: 1,
        stdout: '',
        stderr: `taskgate: --expires must be in the future; "${text}" is not.\n`,
      });
    },
  );
});

/** Returns the encodings in which a secret or its hash could be stored. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret, 'base64url');
  return [secret, bytes.toString('hex'), bytes.toString('base64'), bytes.toString('latin1')];
}

function expectNothingOf(secrets: readonly string[], output: string): void {
  for (const secret of secrets) {
    expect(secret).toMatch(/^[\w-]{43}$/);
    const hash = hashSecret(secret);
    const hashes = (['hex', 'base64', 'base64url'] as const).map((encoding) => hash.toString(encoding));
    for (const spelling of [...spellings(secret), ...hashes, 'hash']) expect(output).not.toContain(spelling);
  }
}
