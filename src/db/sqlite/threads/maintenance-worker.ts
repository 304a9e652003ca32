/** The maintenance thread. It has its own database connection. */
import { workerData } from 'piscina';
import { type TransferredError, transferError } from '../../error-transfer.ts';
import { filePath } from '../database-url.ts';
import { isBusy } from '../errors.ts';
import { type MaintenanceSteps, openMaintenance } from './maintenance-steps.ts';

/** Few tasks at a time, so that a batch blocks other writers for only some ten milliseconds. */
const INDEX_BATCH_SIZE = 500;

export type MaintenanceTask = 'checkpoint' | 'index';

export type MaintenanceResult = { hasMore: boolean } | { error: TransferredError };

const { databaseUrl }: { databaseUrl: string } = workerData;

let steps: MaintenanceSteps | undefined;

export default function run(task: MaintenanceTask): MaintenanceResult {
  try {
    steps ??= openMaintenance(filePath(databaseUrl));
    if (task === 'index') return { hasMore: steps.index(INDEX_BATCH_SIZE) === INDEX_BATCH_SIZE };
    steps.checkpoint();
    return { hasMore: false };
  } catch (error) {
    // Another process holds the lock, such as an import. The next attempt follows soon.
    return isBusy(error) ? { hasMore: false } : { error: transferError(error) };
  }
}
