import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ActionError } from '../actions/action.ts';
import type { ThreadAnswer } from './export-worker.ts';
import { type ExportCounts, type ExportJob, writeExport } from './write.ts';

// A thread runs JavaScript only; from the sources, as in tests, the work is done right here.
const isBuilt = import.meta.url.endsWith('.js');

/**
 * Does what `writeExport` does in a thread of its own: SQLite looks through many rows at a stretch, and nobody shall wait
 * for that. When the signal comes, it resolves once the thread has ended.
 */
export async function writeInThread(job: ExportJob, signal: AbortSignal): Promise<ExportCounts> {
  signal.throwIfAborted();
  if (!isBuilt) return writeExport(job, signal);
  const worker = new Worker(new URL('./export-worker.js', import.meta.url), { workerData: job });
  const ended = once(worker, 'exit');
  const end = () => worker.terminate();
  signal.addEventListener('abort', end, { once: true });
  try {
    const answer = await answerOf(worker, signal);
    if ('problem' in answer) throw new ActionError(answer.problem);
    return answer.counts;
  } finally {
    signal.removeEventListener('abort', end);
    await ended;
  }
}

function answerOf(worker: Worker, signal: AbortSignal): Promise<ThreadAnswer> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () =>
      reject(signal.aborted ? signal.reason : new Error('The export thread ended early.')),
    );
  });
}
