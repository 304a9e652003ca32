/** Starts `taskgate work` processes on a file, with the actions in `child/actions/`. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore, type Store } from '../../src/db/open.ts';
import { addServicesTasks, logsOf } from './gateway.ts';
import type { Sandbox } from './process.ts';
import { aServicesTask } from './tasks.ts';

export const CHAIN = 1764;
const WORK = fileURLToPath(new URL('./child/work.js', import.meta.url));
/** As the CLI does first. */
const DRIZZLE_IMPORTS = fileURLToPath(new URL('../../dist/db/drizzle-imports.js', import.meta.url));

export const createTask = (id: number, target: { action: string; takes?: number }) =>
  aServicesTask({ id, target });
/** Creates a database with tasks. */
export const createTaskStore = async (
  sandbox: Sandbox,
  ...tasks: ReturnType<typeof createTask>[]
): Promise<Store> => {
  mkdirSync(exportsOf(sandbox));
  const store = openStore(sandbox.databaseUrl);
  await store.migrate();
  await addServicesTasks(store, ...tasks);
  return store;
};
const exportsOf = ({ dir }: Sandbox) => join(dir, 'exports');
/** Starts `taskgate work` with the actions of the tests. */
export const startWork = (sandbox: Sandbox, env: NodeJS.ProcessEnv = {}) =>
  sandbox.node(['--import', DRIZZLE_IMPORTS, WORK], { EXPORTS_DIR: exportsOf(sandbox), ...env });
export const countTasks = async (store: Store, status: 'READY' | 'INPROGRESS' | 'DONE' | 'ERROR') =>
  (await store.servicesTasks.list(CHAIN, { status }, { limit: 1, offset: 0 })).total;
/** Returns the lines that the action `mark` has written, oldest first. */
export const readMarks = (sandbox: Sandbox) =>
  readFileSync(join(exportsOf(sandbox), 'marks'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([what = '', id = '', run = '']) => ({ what, id: Number(id), run }));
/** Returns the log messages of a task, newest first. */
export const listMessages = async (store: Store, id: number) =>
  logsOf(await store.servicesTaskLifecycle.findLogged(CHAIN, id, { limit: 10, offset: 0 })).map(
    ({ message }) => message,
  );
