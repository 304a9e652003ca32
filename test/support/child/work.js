// `taskgate work` as built, with the actions of the tests and leases of a second.
import { randomBytes } from 'node:crypto';
import { work } from '../../../dist/commands/work.js';

const stopRequested = () => new Promise((resolve) => process.once('SIGTERM', resolve));
const context = {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  now: Date.now,
  randomBytes,
  logDestination: process.stdout,
  stopRequested,
};
const actionsFolder = new URL('./actions/', import.meta.url).href;
process.exitCode = await work(context, { demo: false }, { actionsFolder, leaseMs: 1000 });
