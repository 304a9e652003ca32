/**
 * The program of a worker thread that kills its process soon after the parent process has died. The main thread cannot
 * do this, because a query blocks it. The worker data is the id of the parent process.
 */
import { workerData } from 'node:worker_threads';

const POLL_INTERVAL_MS = 500;

// The operating system gives a process whose parent died another parent.
setInterval(() => {
  if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL');
}, POLL_INTERVAL_MS);
