/**
 * The program of a worker thread that kills its process soon after the parent process has died, however it died. The main
 * thread cannot: in the middle of a query, it hears nothing. Its worker data is the id of the parent process.
 */
import { workerData } from 'node:worker_threads';

const POLL_INTERVAL_MS = 500;

// A process whose parent dies gets another one.
setInterval(() => {
  if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL');
}, POLL_INTERVAL_MS);
