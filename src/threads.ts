/**
 * Arguments of node for the worker threads of a pool. Piscina first tries to `require` a thread's file, and node aborts the
 * whole process when a thread is ended in the middle of requiring an ES module; without that, it imports it.
 */
export const WORKER_ARGUMENTS = ['--no-experimental-require-module'];
