/** Lines of NDJSON for `taskgate import`, and the results that its tests expect. */
import { type Cli, parseNdjson } from './cli.ts';
import { anHdpTask, aServicesTask } from './tasks.ts';

export const toNdjson = (...tasks: readonly (object | string)[]) =>
  tasks.map((task) => `${typeof task === 'string' ? task : JSON.stringify(task)}\n`).join('');

// Members in the order of the contract, as an export writes them.
const { id, chain, desc, state, ...rest } = aServicesTask();
export const SERVICES_LINE = JSON.stringify({ id, chain, desc, state, ...rest });
export const HDP_LINE = JSON.stringify(anHdpTask());

/** Returns the JSON of a task with one part of its text replaced. @throws Error if the part is missing */
export function replaceText(json: string, from: string, to: string): string {
  if (!json.includes(from)) throw new Error(`${from} is not in ${json}`);
  return json.replace(from, () => to);
}

export const servicesLine = (changes: object) => JSON.stringify({ ...aServicesTask(), ...changes });
export const servicesLineWithState = (changes: object) => servicesLine({ state: { ...state, ...changes } });
export const hdpLine = (changes: object) => JSON.stringify({ ...anHdpTask(), ...changes });
/** Returns empty arrays in one another. */
export const nestedArrays = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

/** Returns the summary that an import prints. */
export const summary = (api: string, counts: object) => ({
  api,
  read: 0,
  inserted: 0,
  replaced: 0,
  skipped: 0,
  rejected: 0,
  ...counts,
});

/** Returns the tasks of an API as `taskgate export` prints them. */
export const exportTasks = async (cli: Cli, api: string) =>
  parseNdjson((await cli.run(['export', api])).stdout);
