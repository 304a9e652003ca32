/** Module hooks, in the thread that Node.js runs them in. */
import type { LoadHook } from 'node:module';
import { pathToFileURL } from 'node:url';
import { ACTIONS_MODULE } from '../paths.ts';

/** The `target.action` of the action. */
export const NO_OPERATION = 'nothing';

const url = pathToFileURL(ACTIONS_MODULE).href;
const source = `export const ACTIONS = [{ name: '${NO_OPERATION}', run: async () => ({ result: '' }) }];`;

export const load: LoadHook = (wanted, context, nextLoad) =>
  wanted === url ? { format: 'module', source, shortCircuit: true } : nextLoad(wanted, context);
