/** Paths in environment variables: DATABASE_URL, EXPORT_SOURCE_URL, EXPORTS_DIR and HEALTH_FILE. */
import { fileURLToPath } from 'node:url';
import { shortened, trimInvisible, visible } from './text.ts';

/** The value of DATABASE_URL for a database in memory. */
export const IN_MEMORY = ':memory:';

/** The problem of a value, as the end of a sentence that begins with the name of the variable. */
export interface PathProblem {
  problem: string;
}

/** The kind of path. A database may also be in memory. */
export type PathUse = 'database' | 'file' | 'folder';

/**
 * Parses the value of a path variable: a path, a `file:` URL or, for a database, `:memory:`. Removes white space around it.
 * Refuses the syntax of shells, .env files and SQLite URIs, because it would name another file.
 * @returns the path, which may be relative to the working directory
 */
export function parsePath(value: string, use: PathUse): { path: string } | PathProblem {
  const text = trimInvisible(value);
  const problem = problemOfText(text, use);
  if (problem !== undefined) return { problem };
  const path = isFileUrl(text) ? pathOfUrl(text) : text;
  if (path === undefined) return { problem: `${ACCEPTED} of this machine${showValue(text)}` };
  const pathProblem = problemOfPath(path, use);
  return pathProblem === undefined ? { path } : { problem: pathProblem + showValue(text) };
}

function problemOfText(text: string, use: PathUse): string | undefined {
  const scheme = schemeOf(text);
  // Does not show the value, which may contain a password.
  if (text === '' || (scheme !== undefined && scheme !== 'file'))
    return use === 'database' ? ACCEPTED_DATABASE : ACCEPTED;
  const path = text.replace(/^file:/i, '');
  if (QUOTED.test(path)) return `must not contain quotes${showValue(text)}`;
  if (/^\/*~/.test(path)) return `must not begin with ~; write the whole path${showValue(text)}`;
  if ((isFileUrl(text) ? /[$`]/ : /[$`]|^%\w+%/).test(path))
    return `must not contain variables; write the whole path${showValue(text)}`;
  if (/^[A-Z_][A-Z0-9_]*=/.test(path)) return `must not begin with the name of a variable${showValue(text)}`;
  if (/\s#/.test(path)) return `must not contain a comment${showValue(text)}`;
  if (/;$/.test(path)) return `must not end with a semicolon${showValue(text)}`;
  if (isPlaceholder(path)) return `must be a path, not a placeholder for one${showValue(text)}`;
  if ((isFileUrl(text) ? /[?#]/ : /\?\w+=/).test(path)) return `must not have parameters${showValue(text)}`;
  return undefined;
}

/** Returns true for a placeholder, such as `undefined`, `<path>`, `{{DB}}` or `data/*.db`. */
const isPlaceholder = (path: string) =>
  /^(undefined|null|nil|None|NaN|\[object \w+\])$/.test(path) || /[<>*]|\{\{|\}\}|^\{.*\}$/.test(path);

function problemOfPath(path: string, use: PathUse): string | undefined {
  // Node.js replaces bytes that are not UTF-8 by this character.
  if (path.includes('\ufffd')) return 'must be UTF-8';
  if (process.platform !== 'win32' && /^[a-z]:[\\/]/i.test(path))
    return 'must not begin with a drive letter on this system';
  if (/\p{Cc}/u.test(path)) return 'must not contain control characters';
  // The database driver removes white space around a path, so it would open another file.
  if (path !== trimInvisible(path)) return 'must not begin or end with white space';
  if (path === IN_MEMORY && use === 'database') return undefined;
  if (/^:|:memory:/i.test(path) || schemeOf(path) !== undefined)
    return use === 'database'
      ? `must be a file path, or ${IN_MEMORY} for a database in memory`
      : ACCEPTED_PATH[use];
  if (path === '' || (use !== 'folder' && /(^|[\\/])\.{0,2}$/.test(path))) return ACCEPTED_PATH[use];
  return undefined;
}

const ACCEPTED = 'must be a file path or a file: URL';
const ACCEPTED_DATABASE = 'must be a file path, a file: URL or a postgres:// URL';

const ACCEPTED_PATH = {
  database: 'must name a file',
  file: 'must name a file',
  folder: 'must name a folder',
};

/** Returns true for a value with a scheme, such as `file:data/taskgate.db`. */
export const isUrl = (value: string): boolean => schemeOf(value) !== undefined;

/** Returns the scheme of a URL, also if it is in quotes; undefined for a path (`C:` is a drive). */
const schemeOf = (text: string) => /^["'`]*([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase();

const isFileUrl = (text: string) => /^file:/i.test(text);

const QUOTED = /^\/*['\u2018\u2019\u201c\u201d]|['\u2018\u2019\u201c\u201d]$|"/u;

function pathOfUrl(url: string): string | undefined {
  try {
    // SQLite accepts `file:data/x.db`, which is not a valid absolute URL.
    return /^file:\//i.test(url) ? fileURLToPath(url) : decodeURIComponent(url.slice('file:'.length));
  } catch {
    return undefined;
  }
}

/** Returns the value for a message: short, and on one line. */
const showValue = (text: string) => ` (its value is ${shortened(visible(text), MAX_SHOWN)})`;

const MAX_SHOWN = 100;
