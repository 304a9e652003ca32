/** What `serve` says about the demo credentials when it starts. */
import type { AddressInfo } from 'node:net';
import type { Config } from '../config.ts';
import type { Store } from '../db/open.ts';
import { demoAccess } from '../demo/seeds.ts';
import { authority } from '../http/listen-failure.ts';
import { hashSecret } from '../http/secrets.ts';
import { type CommandContext, printMessage } from './command.ts';

/**
 * Prints where the server listens, with two requests to try.
 * @param bearer a token as `ID:SECRET`
 */
export function announce(
  context: CommandContext,
  config: Config,
  listening: AddressInfo,
  bearer: string,
): void {
  const { address, port } = listening;
  const url = (hosts: readonly string[], target: string) => curlTarget(hosts[0] ?? '', listening, target);
  printMessage(
    context,
    `Taskgate listens on ${authority(address, port)}, with the database ${config.databaseUrl}. Try:

  curl ${url(config.servicesHosts, '/tasks?status=DONE&action=export')} -H 'Authorization: Bearer ${bearer}'
  curl ${url(config.hdpHosts, '/tasks?hdp_tasks_page=1&hdp_tasks_per_page=10&hdp_tasks_search=01JPJ')}
`,
  );
}

/** Returns the demo token as `ID:SECRET`; a placeholder if it does not work here. */
export async function demoBearer(store: Store): Promise<string> {
  const [token] = demoAccess().tokens;
  return token !== undefined && (await isActive(store, token.id))
    ? `${token.id}:${token.secret}`
    : 'ID:SECRET';
}

/** Returns the arguments with which curl reaches a host from this machine: names under localhost need no DNS. */
function curlTarget(host: string, { address, port }: AddressInfo, target: string): string {
  const isEverywhere = address === '0.0.0.0' || address === '::';
  const isLoopback = isEverywhere || address === '127.0.0.1' || address === '::1';
  const isLocalName = host === 'localhost' || host.endsWith('.localhost');
  if (isLoopback && isLocalName) return `'http://${host}:${port}${target}'`;
  return `-H 'Host: ${host}' 'http://${authority(isEverywhere ? '127.0.0.1' : address, port)}${target}'`;
}

/** Warns of each demo credential that works: all of them are public. */
export async function warnOfDemoAccess(store: Store, warn: (message: string) => void): Promise<void> {
  const { tokens, sessions, keys } = demoAccess();
  for (const { id } of tokens) {
    if (await isActive(store, id))
      warn(`the public demo token ${id} works here; see taskgate tokens revoke ${id}`);
  }
  for (const { id, key } of sessions) {
    const session = await store.access.findSession(hashSecret(key));
    if (session?.revokedAt === null) {
      warn(`the public demo session ${id} works here; see taskgate sessions revoke ${id}`);
    }
  }
  for (const { id, key } of keys) {
    const found = await store.apiKeys.find(hashSecret(key));
    if (found?.revokedAt === null)
      warn(`the public demo key ${id} works here; see taskgate keys revoke ${id}`);
  }
}

const isActive = async (store: Store, tokenId: string) =>
  (await store.access.findToken(tokenId))?.revokedAt === null;
