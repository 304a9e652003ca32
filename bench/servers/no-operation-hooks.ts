/** Module hooks, which Node.js runs in a separate thread. */
import type { LoadHook } from 'node:module';
import { pathToFileURL } from 'node:url';
import { ACTIONS_MODULE_PATH } from '../paths.ts';

/** The name of the no-op action, for `target.action`. */
export const NO_OPERATION = 'nothing';

const url = pathToFileURL(ACTIONS_MODULE_PATH).href;
const action = `{ name: '${NO_OPERATION}', run: async () => ({ result: '' }) }`;
const source = `export const loadActions = async () => new Map([['${NO_OPERATION}', ${action}]]);`;

export const load: LoadHook = (requestedUrl, context, nextLoad) =>
  requestedUrl === url ? { format: 'module', source, shortCircuit: true } : nextLoad(requestedUrl, context);
