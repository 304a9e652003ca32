import { readdir } from 'node:fs/promises';
import type { Action } from '../actions/action.ts';

/** The folder of actions: one file each, whose default export is an `Action`. */
export const ACTIONS_FOLDER = new URL('../actions/', import.meta.url).href;

const isActionFile = (name: string) => /(?<!\.d)\.[jt]s$/.test(name) && !/^action\.[jt]s$/.test(name);

/**
 * The actions of a folder, by name.
 * @param folder as a file: URL
 * @throws Error when a file there exports none, or two share a name
 */
export async function loadActions(folder: string): Promise<Map<string, Action>> {
  const actions = new Map<string, Action>();
  for (const file of (await readdir(new URL(folder))).filter(isActionFile).sort()) {
    const module: { default?: unknown } = await import(new URL(file, folder).href);
    if (!isAction(module.default)) throw new Error(`${file} has no action as its default export.`);
    if (actions.has(module.default.name)) throw new Error(`${file} has the name of another action.`);
    actions.set(module.default.name, module.default);
  }
  return actions;
}

function isAction(value: unknown): value is Action {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'name' in value && typeof value.name === 'string' && 'run' in value && typeof value.run === 'function'
  );
}
