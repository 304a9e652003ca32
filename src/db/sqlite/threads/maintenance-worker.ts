/** Maintenance of the database in a worker thread. */
import { workerData } from 'piscina';
import { type TransferredError, transferError } from '../../error-transfer.ts';
import { filePath } from '../database-url.ts';
import { isBusy } from '../errors.ts';
import { type MaintenanceSteps, openMaintenance } from './maintenance-steps.ts';

/** So few at a time that no writer waits long: some ten milliseconds. */
const INDEX_BATCH = 500;

export type MaintenanceTask = 'checkpoint' | 'index';

/** Whether more of the same is left to do, or why the task failed. */
export type MaintenanceResult = { isMoreLeft: boolean } | { error: TransferredError };

const { databaseUrl }: { databaseUrl: string } = workerData;

let steps: MaintenanceSteps | undefined;

export default function run(task: MaintenanceTask): MaintenanceResult {
  try {
    steps ??= openMaintenance(filePath(databaseUrl));
    if (task === 'index') return { isMoreLeft: steps.index(INDEX_BATCH) === INDEX_BATCH };
    steps.checkpoint();
    return { isMoreLeft: false };
  } catch (error) {
    // Another process may hold the database for long (an import); the next attempt follows soon.
    return isBusy(error) ? { isMoreLeft: false } : { error: transferError(error) };
  }
}
