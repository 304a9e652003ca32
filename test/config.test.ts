import { describe, expect, it } from 'vitest';
import { ConfigError, ENVIRONMENT_VARIABLES, type Environment, parseConfig } from '../src/config.ts';

const DEFAULTS = {
  host: '127.0.0.1',
  port: 8787,
  keepAliveTimeoutSeconds: 65,
  requestTimeoutSeconds: 60,
  maxConnections: 10_000,
  maxEventLoopDelayMs: 500,
  drainSeconds: 0,
  databaseUrl: 'data/taskgate.db',
  databaseReplicaUrls: [],
  synchronousCommit: true,
  servicesHosts: ['services.localhost'],
  hdpHosts: ['hdp.localhost'],
  trustedProxies: [],
  rateLimitCredential: 6000,
  rateLimitAddress: 3000,
  authFailureLimit: 20,
  servicesUrl: undefined,
  servicesCorsOrigins: [],
  downloadKey: undefined,
  exportsDir: 'data/exports',
  exportsCsvBom: false,
  exportSourceUrl: undefined,
  runTasks: true,
  runTimeoutSeconds: 3600,
  webhookAllow: [],
  healthFile: undefined,
  managementHost: '127.0.0.1',
  managementPort: undefined,
  logLevel: 'info',
};
const DATABASE = 'must be a file path, a file: URL or a postgres:// URL';
const POSTGRES_EXAMPLE = 'postgres://user:password@host:5432/database';
const POSTGRES_DATABASE = `must name a database, as in ${POSTGRES_EXAMPLE}`;
const POSTGRES_ENCODING =
  `must be a URL such as ${POSTGRES_EXAMPLE}; other characters than letters, digits, -, ., _ and ~ in the user and ` +
  'password must be percent-encoded';
const ONE_HOST = `must name one host, as in ${POSTGRES_EXAMPLE}; a list of hosts is not supported`;
const REPLICAS = 'must contain only postgres:// URLs';
const HOSTS = 'must be one or more host names, such as tasks.example.com';
const PROXIES = 'must contain only IP addresses or CIDR blocks, such as 10.0.0.0/8';
const ORIGINS = 'must contain only origins, such as https://app.example.com, without a path';
const PER_MINUTE = 'must be an integer from 0 to 1000000000';
const LEVELS = 'must be one of trace, debug, info, warn, error, fatal, silent';

describe('the configuration', () => {
  it.each<[string, Environment]>([
    ['nothing is set', {}],
    ['every variable is set to nothing', Object.fromEntries(ENVIRONMENT_VARIABLES.map((name) => [name, '']))],
    ['only other variables are set', { port: '1', DATABASE: 'x', NODE_ENV: 'test' }],
  ])('has its defaults when %s', (_, env) => {
    expect(parseConfig(env)).toEqual(DEFAULTS);
  });

  it.each<[string, string, Partial<Record<keyof typeof DEFAULTS, unknown>>]>([
    ['HOST', '0.0.0.0', { host: '0.0.0.0' }],
    ['HOST', '::', { host: '::' }],
    ['HOST', 'localhost', { host: 'localhost' }],
    ['HOST', 'My-Laptop.local', { host: 'My-Laptop.local' }],
    ['PORT', '0', { port: 0 }],
    ['PORT', '65535', { port: 65_535 }],
    ['DATABASE_URL', 'x.db', { databaseUrl: 'x.db' }],
    ['DATABASE_URL', '/var/lib/taskgate.db', { databaseUrl: '/var/lib/taskgate.db' }],
    ['DATABASE_URL', '/srv/a=b/x;y/{z}/null/#1.db', { databaseUrl: '/srv/a=b/x;y/{z}/null/#1.db' }],
    ['DATABASE_URL', 'file:data/x.db', { databaseUrl: 'data/x.db' }],
    ['DATABASE_URL', 'file:///data/x.db', { databaseUrl: '/data/x.db' }],
    ['DATABASE_URL', 'FILE:/data/my%20tasks.db', { databaseUrl: '/data/my tasks.db' }],
    ['DATABASE_URL', 'file://localhost/data/x.db', { databaseUrl: '/data/x.db' }],
    ['DATABASE_URL', ' x.db\r\n', { databaseUrl: 'x.db' }],
    ['DATABASE_URL', '\ufeffx.db\u00a0', { databaseUrl: 'x.db' }],
    ['DATABASE_URL', "/srv/O'Brien/c#/~/x 1.db", { databaseUrl: "/srv/O'Brien/c#/~/x 1.db" }],
    ['DATABASE_URL', './~/x.db~', { databaseUrl: './~/x.db~' }],
    ['DATABASE_URL', ':memory:', { databaseUrl: ':memory:' }],
    ['DATABASE_URL', ' file::memory: ', { databaseUrl: ':memory:' }],
    ['MANAGEMENT_PORT', '0', { managementPort: 0 }],
    ['MANAGEMENT_HOST', '::1', { managementHost: '::1' }],
    ['RATE_LIMIT_ADDRESS', '0', { rateLimitAddress: 0 }],
    [
      'SERVICES_CORS_ORIGINS',
      'https://app.example.com, http://localhost:3000',
      { servicesCorsOrigins: ['https://app.example.com', 'http://localhost:3000'] },
    ],
    ['SERVICES_URL', 'https://tasks.example.com/', { servicesUrl: 'https://tasks.example.com' }],
    ['DOWNLOAD_KEY', 'k'.repeat(32), { downloadKey: 'k'.repeat(32) }],
    ['DOWNLOAD_KEY', ` ${'k'.repeat(32)}\r\n`, { downloadKey: 'k'.repeat(32) }],
    ['SERVICES_HOSTS', 'a_b.c-d.test,x', { servicesHosts: ['a_b.c-d.test', 'x'] }],
    [
      'SERVICES_URL',
      'HTTPS://Tasks.Example.com:443/a/../api//',
      { servicesUrl: 'https://tasks.example.com/api' },
    ],
    ['EXPORTS_DIR', '/var/lib/exports', { exportsDir: '/var/lib/exports' }],
    ['SYNCHRONOUS_COMMIT', 'no', { synchronousCommit: false }],
    ['EXPORTS_CSV_BOM', 'yes', { exportsCsvBom: true }],
    ['EXPORTS_CSV_BOM', 'no', {}],
    ['EXPORTS_DIR', 'file:///var/lib/exports/\r', { exportsDir: '/var/lib/exports/' }],
    ['EXPORT_SOURCE_URL', 'file:shop.db', { exportSourceUrl: 'shop.db' }],
    ['HEALTH_FILE', '/run/health.json\r', { healthFile: '/run/health.json' }],
    ['SERVICES_HOSTS', '[2001:DB8:0::1]:443', { servicesHosts: ['[2001:db8::1]'] }],
    ['RUN_TASKS', 'no', { runTasks: false }],
    ['RUN_TIMEOUT', '1', { runTimeoutSeconds: 1 }],
    ['RUN_TIMEOUT', '604800', { runTimeoutSeconds: 604_800 }],
    ['WEBHOOK_ALLOW', '127.0.0.1, 10.0.0.0/8', { webhookAllow: ['127.0.0.1', '10.0.0.0/8'] }],
    ['SERVICES_HOSTS', 'a.test, b.test', { servicesHosts: ['a.test', 'b.test'] }],
    ['SERVICES_HOSTS', ',A.Test.,,b.test:8080 ', { servicesHosts: ['a.test', 'b.test'] }],
    ['HDP_HOSTS', '127.0.0.1:80,[::1]:80', { hdpHosts: ['127.0.0.1', '[::1]'] }],
    ['TRUSTED_PROXIES', '10.0.0.1', { trustedProxies: ['10.0.0.1'] }],
    ['TRUSTED_PROXIES', '10.0.0.0/8, fd00::/8,::1', { trustedProxies: ['10.0.0.0/8', 'fd00::/8', '::1'] }],
    ['LOG_LEVEL', 'silent', { logLevel: 'silent' }],
  ])('takes %s=%s', (name, value, changes) => {
    expect(parseConfig({ [name]: value })).toEqual({ ...DEFAULTS, ...changes });
  });

  it.each([
    ['HOST', 'two words', 'must be an address or a host name'],
    ['HOST', 'http://localhost', 'must be an address or a host name'],
    ['HOST', 'localhost:80', 'must be an address or a host name'],
    ['PORT', 'http', 'must be an integer from 0 to 65535'],
    ['PORT', '65536', 'must be an integer from 0 to 65535'],
    ['PORT', '-1', 'must be an integer from 0 to 65535'],
    ['PORT', '80.0', 'must be an integer from 0 to 65535'],
    ['PORT', '0x50', 'must be an integer from 0 to 65535'],
    ['PORT', '1e3', 'must be an integer from 0 to 65535'],
    ['PORT', ' 80', 'must be an integer from 0 to 65535'],
    ['DATABASE_URL', 'postgres://u:hush@db', POSTGRES_DATABASE],
    ['DATABASE_URL', 'PostgreSQL://u:hush@db/', POSTGRES_DATABASE],
    [
      'DATABASE_URL',
      'postgres://u:hush@db/x?port=1',
      `must have its port after the host, as in ${POSTGRES_EXAMPLE}`,
    ],
    ['DATABASE_URL', 'postgres:x', POSTGRES_ENCODING],
    ...['hu#sh', 'hu/sh', 'hu?sh', '1/hush', '1#hush', '1?/hush#', 'hu%zzsh', '%ffhush'].map((password) => [
      'DATABASE_URL',
      `postgres://u:${password}@db/x`,
      POSTGRES_ENCODING,
    ]),
    ['DATABASE_URL', 'postgres://u%:hush@db/x', POSTGRES_ENCODING],
    ['DATABASE_URL', 'postgres://db/x%ff', POSTGRES_ENCODING],
    ...['a,b', 'a:1,b:2', 'a,b:2', '[::1]:1,[::2]:2', 'hu,sh@a:1,b'].map((hosts) => [
      'DATABASE_URL',
      `postgres://u:hush@${hosts}/x`,
      ONE_HOST,
    ]),
    ['DATABASE_URL', 'postgres://u:hush@a/x?host=a,b', ONE_HOST],
    ...['bogus', 'allow', '', 'require,', 'Require', 'require&sslmode=x'].map((mode) => [
      'DATABASE_URL',
      `postgres://u:hush@db/x?sslmode=${mode}`,
      'must have one of these values of sslmode: disable, prefer, require, verify-ca, verify-full, no-verify',
    ]),
    ...['statement_timeout', 'idle_in_transaction_session_timeout'].flatMap((name) =>
      ['abc', '', '0', '-1', '1.5', '5s', '1e3', '2147483648'].map((value) => [
        'DATABASE_URL',
        `postgres://u:hush@db/x?${name}=${value}`,
        `must have an integer from 1 to 2147483647 as ${name}, in milliseconds`,
      ]),
    ),
    ['DATABASE_URL', 'mysql://u:hush@db/x', DATABASE],
    ['DATABASE_URL', 'sqlite:x.db', DATABASE],
    ['DATABASE_REPLICA_URLS', 'postgres://u:hush@db', POSTGRES_DATABASE],
    ['DATABASE_REPLICA_URLS', 'postgres://db/x,replica.db', REPLICAS],
    [
      'DATABASE_REPLICA_URLS',
      'postgres://u:hush@db/x?statement_timeout=abc',
      'must have an integer from 1 to 2147483647 as statement_timeout, in milliseconds',
    ],
    ['DATABASE_REPLICA_URLS', 'postgres://db/x', 'needs a DATABASE_URL of PostgreSQL'],
    ['SERVICES_HOSTS', ' ', HOSTS],
    ['SERVICES_HOSTS', ',', HOSTS],
    ['SERVICES_HOSTS', 'a.test,b test', HOSTS],
    ['SERVICES_HOSTS', 'a.test b.test', HOSTS],
    ['HDP_HOSTS', 'https://hdp.test', HOSTS],
    ['HDP_HOSTS', 'hdp.test/tasks', HOSTS],
    ['HDP_HOSTS', '*.test', HOSTS],
    ['HDP_HOSTS', '::1', HOSTS],
    ['SERVICES_HOSTS', 'a..b', HOSTS],
    ['SERVICES_HOSTS', '.a', HOSTS],
    ['SERVICES_HOSTS', 'a.-b', HOSTS],
    ['SERVICES_HOSTS', 'a-.b', HOSTS],
    ['SERVICES_HOSTS', `${'a'.repeat(64)}.b`, HOSTS],
    ['SERVICES_HOSTS', 'a.'.repeat(128), HOSTS],
    ['HOST', 'a..b', 'must be an address or a host name'],
    [
      'DOWNLOAD_KEY',
      ' '.repeat(36),
      'must have at least 32 characters, not counting white space around them',
    ],
    ['HDP_HOSTS', '[::1::]', HOSTS],
    ['HDP_HOSTS', '[1.2.3.4]', HOSTS],
    ['TRUSTED_PROXIES', 'proxy.test', PROXIES],
    ['TRUSTED_PROXIES', '10.0.0.0/33', PROXIES],
    ['TRUSTED_PROXIES', '10.0.0.0/', PROXIES],
    ['TRUSTED_PROXIES', '10.0.0.0/8/8', PROXIES],
    ['TRUSTED_PROXIES', '10.0.0/8', PROXIES],
    ['TRUSTED_PROXIES', '::1/129', PROXIES],
    ['TRUSTED_PROXIES', '*', PROXIES],
    ['RATE_LIMIT_ADDRESS', '1000000001', PER_MINUTE],
    ['SERVICES_CORS_ORIGINS', 'app.example.com', ORIGINS],
    ['SERVICES_CORS_ORIGINS', 'https://app.example.com/', ORIGINS],
    ['SERVICES_CORS_ORIGINS', '*', ORIGINS],
    ['SERVICES_CORS_ORIGINS', 'null', ORIGINS],
    ['SERVICES_URL', 'tasks.example.com', 'must be a URL such as https://tasks.example.com'],
    ['SERVICES_URL', 'ftp://tasks.example.com', 'must be a URL such as https://tasks.example.com'],
    ['SERVICES_URL', 'https://x/?a=1', 'must not have a query or a fragment (its value is https://x/?a=1)'],
    ['SERVICES_URL', 'https://x/#', 'must not have a query or a fragment (its value is https://x/#)'],
    ['SERVICES_URL', 'https://u:hush@x/', 'must not contain a user name or password'],
    ['DOWNLOAD_KEY', 'short', 'must have at least 32 characters, not counting white space around them'],
    ['EXPORT_SOURCE_URL', 'postgres://u:hush@db/x', 'must be a file path or a file: URL'],
    ['EXPORT_SOURCE_URL', 'mysql://u:hush@db/x', 'must be a file path or a file: URL'],
    ['SYNCHRONOUS_COMMIT', 'off', 'must be yes or no'],
    ['EXPORTS_CSV_BOM', 'on', 'must be yes or no'],
    ['RUN_TASKS', 'true', 'must be yes or no'],
    ['RUN_TIMEOUT', '0', 'must be an integer from 1 to 604800, in seconds'],
    ['RUN_TIMEOUT', '604801', 'must be an integer from 1 to 604800, in seconds'],
    ['RUN_TIMEOUT', '1h', 'must be an integer from 1 to 604800, in seconds'],
    ['WEBHOOK_ALLOW', 'localhost', PROXIES],
    ['LOG_LEVEL', 'verbose', LEVELS],
    ['LOG_LEVEL', 'INFO', LEVELS],
  ])('refuses %s=%s', (name, value, reason) => {
    const refused = () => parseConfig({ [name]: value });
    expect(refused).toThrow(new ConfigError(`The configuration is wrong: ${name} ${reason}.`));
  });

  it.each([
    ['file:', 'must name a file'],
    ['file://', 'must name a file'],
    ['file:///', 'must name a file'],
    ['data/', 'must name a file'],
    ['.', 'must name a file'],
    ['/srv/..', 'must name a file'],
    ['file:x.db?mode=ro', 'must not have parameters'],
    ['file:/abs.db?mode=ro', 'must not have parameters'],
    ['file:x.db#main', 'must not have parameters'],
    ['x.db?mode=ro', 'must not have parameters'],
    ['file::memory:?cache=shared', 'must not have parameters'],
    [':MEMORY:', 'must be a file path, or :memory: for a database in memory'],
    [':memory', 'must be a file path, or :memory: for a database in memory'],
    ['file:///:memory:', 'must be a file path, or :memory: for a database in memory'],
    ['~/t.db', 'must not begin with ~; write the whole path'],
    ['~alice/t.db', 'must not begin with ~; write the whole path'],
    ['file:~/t.db', 'must not begin with ~; write the whole path'],
    ['file:///~/t.db', 'must not begin with ~; write the whole path'],
    ['"q/data.db"', 'must not contain quotes'],
    ["'q/data.db'", 'must not contain quotes'],
    ['"q/data.db', 'must not contain quotes'],
    ['file:"q/data.db"', 'must not contain quotes'],
    ['"file:q/data.db"', 'must not contain quotes'],
    ['\u201cq/data.db\u201d', 'must not contain quotes'],
    ['$HOME/x.db', 'must not contain variables; write the whole path'],
    ['/srv/$' + '{NAME}/x.db', 'must not contain variables; write the whole path'],
    ['file:$HOME/x.db', 'must not contain variables; write the whole path'],
    ['$(pwd)/x.db', 'must not contain variables; write the whole path'],
    ['`pwd`/x.db', 'must not contain variables; write the whole path'],
    ['%USERPROFILE%\\x.db', 'must not contain variables; write the whole path'],
    ['/data/t.db # production', 'must not contain a comment'],
    ['/data/t.db;', 'must not end with a semicolon'],
    ['DATABASE_URL=/tmp/x.db', 'must not begin with the name of a variable'],
    ['DB_PATH=file:/tmp/x.db', 'must not begin with the name of a variable'],
    ['undefined', 'must be a path, not a placeholder for one'],
    ['null', 'must be a path, not a placeholder for one'],
    ['[object Object]', 'must be a path, not a placeholder for one'],
    ['<path>', 'must be a path, not a placeholder for one'],
    ['/data/<name>.db', 'must be a path, not a placeholder for one'],
    ['{{DB}}', 'must be a path, not a placeholder for one'],
    ['/data/{{ name }}.db', 'must be a path, not a placeholder for one'],
    ['/data/a*.db', 'must be a path, not a placeholder for one'],
    ['file:<path>', 'must be a path, not a placeholder for one'],
    ['/data/t\ufffd.db', 'must be UTF-8'],
    ['C:\\data\\t.db', 'must not begin with a drive letter on this system'],
    ['c:/data/t.db', 'must not begin with a drive letter on this system'],
    ['file:C:/data/t.db', 'must not begin with a drive letter on this system'],
    ['file:%20x.db', 'must not begin or end with white space'],
    ['file:x%00.db', 'must not contain control characters'],
    ['file:%zz', 'must be a file path or a file: URL of this machine'],
    ['file://nas/x.db', 'must be a file path or a file: URL of this machine'],
    ['file:sqlite:x.db', 'must be a file path, or :memory: for a database in memory'],
  ])('rejects DATABASE_URL=%s and shows the value', (value, reason) => {
    const message = `The configuration is wrong: DATABASE_URL ${reason} (its value is ${value}).`;
    expect(() => parseConfig({ DATABASE_URL: value })).toThrow(new ConfigError(message));
  });

  it.each(['EXPORT_SOURCE_URL', 'EXPORTS_DIR', 'HEALTH_FILE'])('reads %s as DATABASE_URL', (name) => {
    for (const value of [
      '~/x',
      '"x"',
      '$HOME/x',
      'file:x?mode=ro',
      ':memory:',
      'file::memory:',
      'file:',
      ' ',
      'undefined',
      '<path>',
      'x # y',
      'x;',
      'x\ufffd',
      `${name}=x`,
    ])
      expect(() => parseConfig({ [name]: value }), value).toThrow(ConfigError);
  });

  it('shows line ends in a value as escapes, and hides a value that may contain a password', () => {
    expect(() => parseConfig({ DATABASE_URL: 'a\nb.db' })).toThrow('(its value is a\\nb.db).');
    for (const value of ['"postgres://u:hush@db/x"', "'mysql://u:hush@db/x'", 'sqlite://u:hush@x?a=$b'])
      expect(() => parseConfig({ DATABASE_URL: value }), value).not.toThrow('hush');
  });

  it.each([
    ['by default', { SERVICES_HOSTS: 'a.test,hdp.localhost' }, 'hdp.localhost'],
    ['in another spelling', { SERVICES_HOSTS: 'a.test,B.test:80', HDP_HOSTS: 'b.test.,c.test' }, 'b.test'],
    ['twice', { SERVICES_HOSTS: 'a.test,b.test', HDP_HOSTS: 'b.test,a.test' }, 'b.test, a.test'],
  ])('rejects a host that is in both lists (%s)', (_, env, shared) => {
    const message = `The configuration is wrong: HDP_HOSTS must not share ${shared} with SERVICES_HOSTS.`;
    expect(() => parseConfig(env)).toThrow(new ConfigError(message));
  });

  it.each([
    [
      'DATABASE_URL',
      '/srv/t.db',
      ['/srv/t.db', '/srv/t.db-wal', 'file:///srv/x/../t.db-shm', '/srv/t.db-journal'],
    ],
    ['DATABASE_URL', undefined, ['data/taskgate.db', './data//taskgate.db']],
    ['EXPORT_SOURCE_URL', 'shop.db', ['shop.db', 'file:./shop.db-wal']],
    ['EXPORTS_DIR', '/srv/exports/', ['/srv/exports']],
  ])('rejects a HEALTH_FILE that is a file of %s=%s', (name, value, healthFiles) => {
    for (const healthFile of healthFiles) {
      const env = { DATABASE_URL: undefined, [name]: value, HEALTH_FILE: healthFile };
      expect(() => parseConfig(env), healthFile).toThrow(
        `HEALTH_FILE must not be a file of ${name} (its value is `,
      );
    }
    expect(parseConfig({ [name]: value, HEALTH_FILE: '/srv/health' })).toMatchObject({
      healthFile: '/srv/health',
    });
  });

  it.each([
    'postgres://u:%23%2F%3F%40%3A%25%2C@db/x',
    'postgres://u:a,b@db/x',
    'postgres://db/x?statement_timeout=1&idle_in_transaction_session_timeout=2147483647',
    'postgres://db/x?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem',
    'postgres://[::1]:5432/a%20b',
  ])('takes %s', (url) => {
    expect(parseConfig({ DATABASE_URL: url }).databaseUrl).toBe(url);
  });

  it('takes the replicas of a PostgreSQL database', () => {
    const urls = ['postgres://u:a%2Cb@replica-1/x', 'postgresql://replica-2:5433/x?sslmode=verify-full'];
    const { databaseReplicaUrls } = parseConfig({
      DATABASE_URL: 'postgres://db/x',
      DATABASE_REPLICA_URLS: ` ${urls.join(' , ')},`,
    });
    expect(databaseReplicaUrls).toEqual(urls);
  });

  it('reports all problems at once, in one sentence', () => {
    const env = {
      HOST: 'a b',
      PORT: 'x',
      KEEP_ALIVE_TIMEOUT: '0',
      REQUEST_TIMEOUT: '0',
      MAX_CONNECTIONS: '0',
      MAX_EVENT_LOOP_DELAY: 'x',
      DRAIN_SECONDS: '301',
      DATABASE_URL: 'mysql://u:hush@db/x',
      DATABASE_REPLICA_URLS: 'x',
      SYNCHRONOUS_COMMIT: 'x',
      SERVICES_HOSTS: 'a.test,b/c',
      HDP_HOSTS: 'a.test',
      TRUSTED_PROXIES: 'proxy',
      RATE_LIMIT_CREDENTIAL: '-1',
      RATE_LIMIT_ADDRESS: 'x',
      AUTH_FAILURE_LIMIT: '1.5',
      SERVICES_URL: 'x',
      SERVICES_CORS_ORIGINS: 'x',
      DOWNLOAD_KEY: 'x',
      EXPORTS_CSV_BOM: 'x',
      EXPORTS_DIR: '~/x',
      EXPORT_SOURCE_URL: 'mysql:x',
      RUN_TASKS: 'x',
      RUN_TIMEOUT: 'x',
      WEBHOOK_ALLOW: 'x',
      HEALTH_FILE: '$x',
      MANAGEMENT_HOST: 'a b',
      MANAGEMENT_PORT: '65536',
      LOG_LEVEL: 'loud',
    };
    expect(Object.keys(env).sort()).toEqual([...ENVIRONMENT_VARIABLES].sort());
    const message =
      'The configuration is wrong: HOST must be an address or a host name; ' +
      'PORT must be an integer from 0 to 65535; KEEP_ALIVE_TIMEOUT must be an integer from 1 to 3600, in seconds; ' +
      'REQUEST_TIMEOUT must be an integer from 1 to 3600, in seconds; ' +
      'MAX_CONNECTIONS must be an integer from 1 to 1000000; ' +
      'MAX_EVENT_LOOP_DELAY must be an integer from 0 to 60000, in milliseconds; ' +
      'DRAIN_SECONDS must be an integer from 0 to 300, in seconds; ' +
      'DATABASE_URL must be a file path, a file: URL or a postgres:// URL; ' +
      `DATABASE_REPLICA_URLS ${REPLICAS}; SYNCHRONOUS_COMMIT must be yes or no; ` +
      `SERVICES_HOSTS ${HOSTS}; TRUSTED_PROXIES ${PROXIES}; ` +
      `RATE_LIMIT_CREDENTIAL ${PER_MINUTE}; RATE_LIMIT_ADDRESS ${PER_MINUTE}; AUTH_FAILURE_LIMIT ${PER_MINUTE}; ` +
      `SERVICES_URL must be a URL such as https://tasks.example.com; SERVICES_CORS_ORIGINS ${ORIGINS}; ` +
      'DOWNLOAD_KEY must have at least 32 characters, not counting white space around them; ' +
      'EXPORTS_DIR must not begin with ~; write the whole path (its value is ~/x); ' +
      'EXPORTS_CSV_BOM must be yes or no; ' +
      `EXPORT_SOURCE_URL must be a file path or a file: URL; RUN_TASKS must be yes or no; ` +
      `RUN_TIMEOUT must be an integer from 1 to 604800, in seconds; WEBHOOK_ALLOW ${PROXIES}; ` +
      'HEALTH_FILE must not contain variables; write the whole path (its value is $x); ' +
      'MANAGEMENT_HOST must be an address or a host name; MANAGEMENT_PORT must be an integer from 0 to 65535; ' +
      `LOG_LEVEL ${LEVELS}; ` +
      'HDP_HOSTS must not share a.test with SERVICES_HOSTS.';
    expect(() => parseConfig(env)).toThrow(new ConfigError(message));
  });
});
