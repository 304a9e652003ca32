/** Where things lie. This file runs as bench/dist/paths.js. */
import { fileURLToPath } from 'node:url';

const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const CLI = inRoot('dist/cli.js');
/** Modules of the built product: the store, and the parsers of lines. */
export const STORE_MODULES = ['dist/db/open.js', 'dist/commands/task-lines.js'].map(inRoot);
export const MIGRATIONS = inRoot('drizzle/sqlite');
export const DATA = inRoot('bench/data');
export const JSON_SERVER = inRoot('node_modules/json-server/lib/cli/bin.js');

/** A compiled script of the bench, such as `servers/floor.js`. */
export const script = (name: string) => inRoot(`bench/dist/${name}`);
