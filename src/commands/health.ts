import { get } from 'node:http';
import { parseConfig } from '../config.ts';
import { type CommandContext, CommandError } from './command.ts';
import { type HealthRecord, isRunning, readHealthFile } from './health-file.ts';

/** `work` reads the database every few seconds (`HEARTBEAT_MS`). It is unhealthy if the last read is older than this. */
const MAX_AGE_MS = 30_000;

/** Less than the timeout of the image's health check. */
const REQUEST_TIMEOUT_MS = 2000;

/**
 * Checks the process that HEALTH_FILE describes: `serve` must answer `GET /is-alive` with 200, `work` must have read the
 * database in the last 30 seconds, and any other command must be running.
 * @throws ConfigError, CommandError with the reason if the process is unhealthy
 */
export async function health(context: CommandContext): Promise<number> {
  const { healthFile } = parseConfig(context.env);
  if (healthFile === undefined)
    throw new CommandError('HEALTH_FILE is not set, so there is nothing to check.');
  const record = readHealthFile(healthFile);
  if (record === undefined) throw new CommandError(`No process has written ${healthFile}.`);
  if (!isRunning(record))
    throw new CommandError(`taskgate ${record.command} has ended (process ${record.pid}).`);
  if (record.command === 'serve') await checkServer(record);
  if (record.command === 'work') checkWorker(record, context.now());
  return 0;
}

async function checkServer({ address }: HealthRecord): Promise<void> {
  if (address === undefined) throw new CommandError('taskgate serve does not listen yet.');
  const target = { host: toConnectAddress(address.address), port: address.port };
  const outcome = await statusOf(target);
  if (outcome === 200) return;
  const reason = typeof outcome === 'number' ? `answered ${outcome}` : `did not answer (${outcome})`;
  throw new CommandError(`The server at ${target.host}, port ${target.port}, ${reason} to GET /is-alive.`);
}

function checkWorker({ checkedAt }: HealthRecord, now: number): void {
  if (checkedAt === undefined) throw new CommandError('taskgate work has not read the database yet.');
  const age = now - checkedAt;
  // The clock was set back since the report.
  if (age < -MAX_AGE_MS)
    throw new CommandError('taskgate work last read the database at a time in the future.');
  if (age > MAX_AGE_MS) {
    throw new CommandError(`taskgate work has not read the database for ${Math.round(age / 1000)} seconds.`);
  }
}

/** Returns the address to connect to for a listening address. */
const toConnectAddress = (address: string) => ({ '0.0.0.0': '127.0.0.1', '::': '::1' })[address] ?? address;

/** Returns the status of `GET /is-alive`, or the reason why there is no response. */
function statusOf(target: { host: string; port: number }): Promise<number | string> {
  const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  return new Promise((resolve) => {
    const request = get({ ...target, path: '/is-alive', agent: false, signal }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 'no status');
    });
    request.on('error', (error: NodeJS.ErrnoException) =>
      resolve(signal.aborted ? 'timeout' : (error.code ?? error.message)),
    );
  });
}
