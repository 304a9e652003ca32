/** Paths of files and folders. The compiled file is bench/dist/paths.js. */
import { fileURLToPath } from 'node:url';

const fromRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const CLI_PATH = fromRoot('dist/cli.js');
/** The module that loads the product's actions. */
export const ACTIONS_MODULE_PATH = fromRoot('dist/actions/registry.js');
/** The product's migrations for each database. */
export const MIGRATIONS_DIRS = { sqlite: fromRoot('drizzle/sqlite'), postgres: fromRoot('drizzle/postgres') };
export const DATA_DIR = fromRoot('bench/data');
export const JSON_SERVER_PATH = fromRoot('node_modules/json-server/lib/cli/bin.js');

/** Returns the path of a compiled bench script, such as `servers/floor.js`. */
export const compiledScript = (name: string) => fromRoot(`bench/dist/${name}`);
