/** Paths of the product and the data sets. This file runs as bench/dist/paths.js. */
import { fileURLToPath } from 'node:url';

const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const CLI = inRoot('dist/cli.js');
/** The module of the product's only action. */
export const ACTION_MODULE = inRoot('dist/actions/export.js');
export const MIGRATIONS = inRoot('drizzle/sqlite');
export const DATA = inRoot('bench/data');
export const JSON_SERVER = inRoot('node_modules/json-server/lib/cli/bin.js');

/** A compiled script of the bench, such as `servers/floor.js`. */
export const script = (name: string) => inRoot(`bench/dist/${name}`);
