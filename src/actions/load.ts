import type { Action } from './action.ts';
import { ACTIONS as OWN_ACTIONS } from './index.ts';

/**
 * Returns the actions that runners support, by name.
 * @param module a file: URL of a module that exports other `ACTIONS`, for tests
 * @throws Error when two actions have the same name
 */
export async function loadActions(module: string | undefined): Promise<ReadonlyMap<string, Action>> {
  const { ACTIONS }: { ACTIONS: readonly Action[] } =
    module === undefined ? { ACTIONS: OWN_ACTIONS } : await import(module);
  const actions = new Map(ACTIONS.map((action) => [action.name, action]));
  if (actions.size !== ACTIONS.length) throw new Error('Two actions have the same name.');
  return actions;
}
