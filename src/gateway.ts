import type { AddressInfo } from 'node:net';
import { openStore } from './db/open.ts';
import type { Store } from './db/store.ts';
import { prepareExportsFolder } from './exports/prepare-folder.ts';
import { type GatewayOptions, type GatewaySettings, toGatewaySettings } from './gateway-options.ts';
import { createServer } from './gateway-server.ts';
import { measureStore } from './metrics/measured-store.ts';
import { prepareDatabase } from './prepare-database.ts';
import { createTemporaryFolder, type TemporaryFolder } from './temporary-folder.ts';

/** Both APIs on one database. */
export interface Gateway {
  /**
   * Answers a request without a socket, like the global `fetch`. The host of the URL selects the API, as in
   * `http://services.localhost/tasks`. The response cache is not used.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /**
   * Listens on the host and port of the options. Starts to run due tasks and to send webhooks, unless `runTasks` is
   * false. A second call returns the same address.
   * @returns the address and port
   * @throws ListenError
   */
  listen(): Promise<AddressInfo>;
  /** Answers further requests until `close`, and closes each connection after its response. */
  startDraining(): void;
  /**
   * Finishes the requests in flight (for at most 8 seconds), ends the runs of tasks, so that other processes can claim
   * them, and closes the database. A second call waits for the first.
   */
  close(): Promise<void>;
  /** The store of both APIs. `close` closes it. */
  readonly store: Store;
}

/**
 * Creates a gateway: opens the database and brings it up to this version. It listens on no port until `listen` is
 * called. Gateways in one process share nothing, unless their options name the same database or folder of exports.
 * @example
 * const gateway = await createGateway({ demo: true });
 * const { port } = await gateway.listen();
 * await gateway.close();
 * @throws ConfigError, DatabaseError
 */
export async function createGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const temporaryFolder = createTemporaryFolder();
  try {
    const settings = toGatewaySettings(options, temporaryFolder);
    return await openGateway(settings, temporaryFolder);
  } catch (error) {
    temporaryFolder.remove();
    throw error;
  }
}

async function openGateway(settings: GatewaySettings, temporaryFolder: TemporaryFolder): Promise<Gateway> {
  const { databaseUrl, log, worker, metrics } = settings;
  const warn = (message: string) => log.warn(message);
  if (!worker) prepareExportsFolder(settings.exportsDir, warn);
  const store = openStore(databaseUrl, { ...settings, onWarning: warn, mustExist: worker !== undefined });
  try {
    const exportSourceUrl = worker
      ? settings.exportSourceUrl
      : await prepareDatabase(settings, store, { ...settings, now: settings.now(), temporaryFolder, warn });
    // The tables exist now.
    const measured = metrics ? measureStore(store, databaseUrl, metrics) : store;
    const server = await createServer({ ...settings, exportSourceUrl }, measured);
    let closed: Promise<void> | undefined;
    const close = async () => {
      try {
        await server.stop();
      } finally {
        await store.close();
        temporaryFolder.remove();
      }
    };
    return {
      store: measured,
      fetch: async (input, init) => server.fetch(new Request(input, init)),
      listen: server.listen,
      startDraining: server.startDraining,
      close() {
        closed ??= close();
        return closed;
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
