// The built `taskgate work`, with test actions and leases of one second. CLOCK_OFFSET_MS sets its clock ahead or back.
import { randomBytes } from 'node:crypto';
import { work } from '../../../dist/commands/work.js';

const stopRequested = () => new Promise((resolve) => process.once('SIGTERM', resolve));
const context = {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  now: () => Date.now() + Number(process.env.CLOCK_OFFSET_MS ?? 0),
  randomBytes,
  logDestination: process.stdout,
  stopRequested,
};
const actionsModule = new URL(process.env.ACTIONS ?? './actions.js', import.meta.url).href;
process.exitCode = await work(
  context,
  { demo: false },
  { actionsModule, leaseMs: Number(process.env.LEASE_MS ?? 1000) },
);
