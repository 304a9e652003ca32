/** Describes why this process cannot use a file, for the operator. */
import { accessSync, constants, lstatSync, readFileSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { octal } from './file-permissions.ts';

/**
 * Returns the reason why a file cannot be read and written, as the end of a sentence, with the owner and a remedy. Returns
 * undefined if the file is usable, or does not exist and can be created.
 */
export function whyUnusable(path: string): string | undefined {
  for (const folder of parentFolders(path)) {
    const reason = whyNoTarget(folder);
    if (reason !== undefined) return reason;
    const stats = statIfPresent(folder);
    if (stats === undefined) return whyNoEntry(dirname(folder));
    if (!stats.isDirectory()) return `${folder} is not a folder`;
    if (accessError(folder, constants.X_OK))
      return `this process may not enter the folder ${describeOwner(folder, stats)}`;
  }
  const reason = whyNoTarget(path);
  if (reason !== undefined) return reason;
  const stats = statIfPresent(path);
  if (stats === undefined) return whyNoEntry(dirname(resolve(path)));
  if (stats.isDirectory()) return 'it is a folder';
  const error = accessError(path, constants.R_OK | constants.W_OK);
  if (error === undefined) return undefined;
  if (error === 'EROFS') return 'it is on a read-only file system';
  return `this process may not read and write ${describeOwner(path, stats)}`;
}

/** Returns the reason why a path has no target, as the end of a sentence: a broken symbolic link, or its length. */
export function whyNoTarget(path: string): string | undefined {
  const code = systemErrorOf(() => statSync(path));
  if (code === 'ENAMETOOLONG') return 'its name is longer than the file system allows';
  if (code === 'ELOOP') return `${path} is a symbolic link that leads back to itself`;
  if (code !== 'ENOENT' || !lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return undefined;
  return `${path} is a symbolic link to ${readlinkSync(path)}, which does not exist; create that file, or remove the link`;
}

/** Returns the reason why no file can be created in an existing folder; undefined if this is possible. */
export function whyNoEntry(folder: string): string | undefined {
  const error = accessError(folder, constants.W_OK | constants.X_OK);
  if (error === undefined) return undefined;
  if (error === 'EROFS') return `the folder ${folder} is on a read-only file system`;
  const stats = statIfPresent(folder);
  return stats && `this process may not create files in the folder ${describeOwner(folder, stats)}`;
}

/** Returns the folders in the path of a file, outermost first. */
function parentFolders(path: string): string[] {
  const folder = dirname(resolve(path));
  return folder === dirname(folder) ? [folder] : [...parentFolders(folder), folder];
}

/** Returns a path with its owner and mode, the user of this process, and a remedy. */
function describeOwner(path: string, { uid, mode }: Stats): string {
  const ownUid = process.geteuid?.();
  if (ownUid === undefined || ownUid === uid)
    return `${path} (mode ${octal(mode)}); change its mode with chmod`;
  return (
    `${path}, which belongs to ${userName(uid)} (mode ${octal(mode)}), while it runs as ${userName(ownUid)}; ` +
    `run it as ${userName(uid)}, or run chown ${ownUid} on it`
  );
}

/** Returns the number of a user and, if known, the name. */
function userName(uid: number): string {
  const name = readPasswd().find(([, , number]) => number === String(uid))?.[0];
  return name === undefined ? `user ${uid}` : `user ${uid} (${name})`;
}

function readPasswd(): string[][] {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
  } catch {
    return [];
  }
}

function statIfPresent(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Returns the system error code if this process does not have the rights of `mode`. */
const accessError = (path: string, mode: number) => systemErrorOf(() => accessSync(path, mode));

/** Returns the system error code that a call throws. */
function systemErrorOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
