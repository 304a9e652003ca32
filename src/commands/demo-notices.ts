/** Messages about the demo at the start of `serve`. */
import type { AddressInfo } from 'node:net';
import type { Config } from '../config.ts';
import type { Store } from '../db/open.ts';
import { demoAccess } from '../demo/seeds.ts';
import { authority } from '../http/listen-error.ts';
import { hashSecret } from '../http/secrets.ts';
import { databaseName } from '../lib/postgres-url.ts';
import { type CommandContext, printMessage } from './command.ts';

/**
 * Prints the address of the server and two requests to try.
 * @param bearer a token as `ID:SECRET`
 */
export function printListeningNotice(
  context: CommandContext,
  config: Pick<Config, 'databaseUrl' | 'servicesHosts' | 'hdpHosts'>,
  listening: AddressInfo,
  bearer: string,
): void {
  const { address, port } = listening;
  const url = (hosts: readonly string[], target: string) => curlTarget(hosts[0] ?? '', listening, target);
  printMessage(
    context,
    `Taskgate listens on ${authority(address, port)}, with the database ${databaseName(config.databaseUrl)}. Try:

  curl ${url(config.servicesHosts, '/tasks?status=DONE&action=export')} -H 'Authorization: Bearer ${bearer}'
  curl ${url(config.hdpHosts, '/tasks?hdp_tasks_page=1&hdp_tasks_per_page=10&hdp_tasks_search=01JPJ')}
`,
  );
}

/** Returns the demo token as `ID:SECRET`, or a placeholder if the database has no such active token. */
export async function findDemoToken(store: Store): Promise<string> {
  const [token] = demoAccess().tokens;
  return token !== undefined && (await isActive(store, token.id))
    ? `${token.id}:${token.secret}`
    : 'ID:SECRET';
}

/** Returns the arguments with which curl reaches a host from this machine. Names under localhost need no DNS. */
function curlTarget(host: string, { address, port }: AddressInfo, target: string): string {
  const isAnyAddress = address === '0.0.0.0' || address === '::';
  const isLoopback = isAnyAddress || address === '127.0.0.1' || address === '::1';
  const isLocalName = host === 'localhost' || host.endsWith('.localhost');
  if (isLoopback && isLocalName) return `'http://${host}:${port}${target}'`;
  return `-H 'Host: ${host}' 'http://${authority(isAnyAddress ? '127.0.0.1' : address, port)}${target}'`;
}

/** Warns about each demo credential that works, because demo credentials are public. */
export async function warnAboutDemoCredentials(store: Store, warn: (message: string) => void): Promise<void> {
  const { tokens, sessions, keys } = demoAccess();
  for (const { id } of tokens) {
    if (await isActive(store, id))
      warn(`the public demo token ${id} works here; to revoke it, run taskgate tokens revoke ${id}`);
  }
  for (const { id, key } of sessions) {
    const session = await store.access.findSession(hashSecret(key));
    if (session?.revokedAt === null) {
      warn(`the public demo session ${id} works here; to revoke it, run taskgate sessions revoke ${id}`);
    }
  }
  for (const { id, key } of keys) {
    const found = await store.apiKeys.find(hashSecret(key));
    if (found?.revokedAt === null)
      warn(`the public demo key ${id} works here; to revoke it, run taskgate keys revoke ${id}`);
  }
}

const isActive = async (store: Store, tokenId: string) =>
  (await store.access.findToken(tokenId))?.revokedAt === null;
