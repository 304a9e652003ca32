import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { type ManagementServer, startManagement } from './management-server.ts';

type ManagementConfig = Pick<Config, 'managementHost' | 'managementPort'>;

/** Starts the listener for operators of one process, if the configuration has one. @throws ListenError */
export async function startConfiguredManagement(
  { managementHost: host, managementPort: port }: ManagementConfig,
  parts: {
    isReady(): Promise<boolean>;
    readMetrics: () => Promise<{ text: string; type: string }>;
    log: Logger;
  },
): Promise<ManagementServer | undefined> {
  if (port === undefined) return undefined;
  const server = await startManagement({ host, port, ...parts });
  parts.log.info({ address: server.address }, 'management listens');
  return server;
}

/** Returns a function that reads the metrics of this process. */
export const metricsReader =
  ({ registry }: Metrics) =>
  async () => ({
    text: await registry.metrics(),
    type: registry.contentType,
  });
