/** Paths in environment variables: DATABASE_URL, EXPORT_SOURCE_URL, EXPORTS_DIR and HEALTH_FILE. */
import { fileURLToPath } from 'node:url';
import { shortened, trimInvisible, visible } from './text.ts';

/** The path of a database that is kept in memory. */
export const IN_MEMORY = ':memory:';

/** Returned instead of a path: what is wrong with the value, as the end of a sentence that starts with the variable. */
export interface PathProblem {
  problem: string;
}

/** How a variable is used; a database may also be in memory. */
export type PathUse = 'database' | 'file' | 'folder';

/**
 * Parses the value of a path variable: a path, a `file:` URL or, for a database, `:memory:`. White space around it is
 * removed. Refuses what only a shell, a .env parser or SQLite's URI syntax understands: it would name another file.
 * @returns the path, which may be relative to the working directory
 */
export function parsePath(value: string, use: PathUse): { path: string } | PathProblem {
  const text = trimInvisible(value);
  const problem = problemOfText(text);
  if (problem !== undefined) return { problem };
  const path = isFileUrl(text) ? pathOfUrl(text) : text;
  if (path === undefined) return { problem: `${ACCEPTED} of this machine${given(text)}` };
  const pathProblem = problemOfPath(path, use);
  return pathProblem === undefined ? { path } : { problem: pathProblem + given(text) };
}

function problemOfText(text: string): string | undefined {
  const scheme = schemeOf(text);
  if (/^postgres(ql)?$/.test(scheme ?? '')) return 'is for PostgreSQL, which is not supported yet';
  // Without the value, which may contain a password.
  if (text === '' || (scheme !== undefined && scheme !== 'file')) return ACCEPTED;
  const path = text.replace(/^file:/i, '');
  if (QUOTED.test(path)) return `must not contain quotes${given(text)}`;
  if (/^\/*~/.test(path)) return `must not begin with ~; write the whole path${given(text)}`;
  if ((isFileUrl(text) ? /[$`]/ : /[$`]|^%\w+%/).test(path))
    return `must not contain variables; write the whole path${given(text)}`;
  if (/^[A-Z_][A-Z0-9_]*=/.test(path)) return `must not begin with the name of a variable${given(text)}`;
  if (/\s#/.test(path)) return `must not contain a comment${given(text)}`;
  if (/;$/.test(path)) return `must not end with a semicolon${given(text)}`;
  if (isPlaceholder(path)) return `must be a path, not a placeholder for one${given(text)}`;
  if ((isFileUrl(text) ? /[?#]/ : /\?\w+=/).test(path)) return `must not have parameters${given(text)}`;
  return undefined;
}

/** Text that stands for a value which was never filled in: `undefined`, `<path>`, `{{DB}}`, `data/*.db`. */
const isPlaceholder = (path: string) =>
  /^(undefined|null|nil|None|NaN|\[object \w+\])$/.test(path) || /[<>*]|\{\{|\}\}|^\{.*\}$/.test(path);

function problemOfPath(path: string, use: PathUse): string | undefined {
  // Node.js puts this character where the value is not UTF-8.
  if (path.includes('\ufffd')) return 'must be UTF-8';
  if (process.platform !== 'win32' && /^[a-z]:[\\/]/i.test(path))
    return 'must not begin with a drive letter on this system';
  if (/\p{Cc}/u.test(path)) return 'must not contain control characters';
  // The database driver removes white space around a path: it would open another file than the one that we create.
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

const ACCEPTED_PATH = {
  database: 'must name a file',
  file: 'must name a file',
  folder: 'must name a folder',
};

/** Returns true for a value with a scheme, such as `file:data/taskgate.db`. */
export const isUrl = (value: string): boolean => schemeOf(value) !== undefined;

/** The scheme of a URL, also of one in quotes; undefined for a path (`C:` is a drive). */
const schemeOf = (text: string) => /^["'`]*([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase();

const isFileUrl = (text: string) => /^file:/i.test(text);

const QUOTED = /^\/*['\u2018\u2019\u201c\u201d]|['\u2018\u2019\u201c\u201d]$|"/u;

function pathOfUrl(url: string): string | undefined {
  try {
    // `file:data/x.db`, which SQLite itself accepts, is no valid absolute URL.
    return /^file:\//i.test(url) ? fileURLToPath(url) : decodeURIComponent(url.slice('file:'.length));
  } catch {
    return undefined;
  }
}

/** The value for a message: short, and on one line. */
const given = (text: string) => ` (its value is ${shortened(visible(text), MAX_SHOWN)})`;

const MAX_SHOWN = 100;
