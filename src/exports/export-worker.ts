/** Runs in a worker thread: writes one export, and says how it went. */
import { parentPort, workerData } from 'node:worker_threads';
import { ActionError } from '../actions/action.ts';
import { type ExportCounts, type ExportJob, writeExport } from './write.ts';

/** What it says; what is no fault of the task ends the thread with an error instead. */
export type ThreadAnswer = { counts: ExportCounts } | { problem: string };

const job: ExportJob = workerData;

async function answer(): Promise<ThreadAnswer> {
  try {
    return { counts: await writeExport(job) };
  } catch (error) {
    if (error instanceof ActionError) return { problem: error.message };
    throw error;
  }
}

parentPort?.postMessage(await answer());
