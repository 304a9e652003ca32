/** Module hooks, in the thread that Node.js runs them in. */
import type { LoadHook } from 'node:module';
import { pathToFileURL } from 'node:url';
import { ACTION_MODULE } from '../paths.ts';

/** The `target.action` of the action. */
export const NO_OPERATION = 'nothing';

const url = pathToFileURL(ACTION_MODULE).href;
const source = `export const exportAction = { name: '${NO_OPERATION}', run: async () => ({ result: '' }) };`;

export const load: LoadHook = (wanted, context, nextLoad) =>
  wanted === url ? { format: 'module', source, shortCircuit: true } : nextLoad(wanted, context);
