import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Context } from 'hono';
import parseRange from 'range-parser';
import { allowsRange, evaluatePreconditions, type RequestHeaders, type Validators } from './preconditions.ts';
import { preconditionFailed } from './respond.ts';

/** What a file is sent as. */
export interface Attachment {
  /** Where it lies. Its bytes never change under this path. */
  path: string;
  /** The name to save it under. */
  name: string;
}

const TYPES: Record<string, string> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

/**
 * Sends a file as a stream, or the one range of it that a GET asks for (RFC 9110, 13 and 14). A request for several
 * ranges gets the whole file. The file is closed when the response has been sent or its reader has gone.
 * @returns undefined if there is no such file
 * @throws Problem 412 if a precondition of the request is false
 */
export async function sendFile(c: Context, { path, name }: Attachment): Promise<Response | undefined> {
  const opened = await openFile(path);
  if (!opened) return undefined;
  const { file, stats } = opened;
  let isStreamed = false;
  try {
    const { status, headers, body } = answerOf(c.req, path, name, stats);
    // HEAD reaches a GET handler, whose body nobody would read.
    isStreamed = body !== undefined && c.req.method !== 'HEAD';
    return c.newResponse(isStreamed && body ? streamOf(file, body) : null, status, headers);
  } finally {
    if (!isStreamed) await file.close();
  }
}

/** True if `sendFile` would find a file at this path that it can read. */
export async function isReadableFile(path: string): Promise<boolean> {
  const opened = await openFile(path);
  await opened?.file.close();
  return opened !== undefined;
}

/** Errors that say that a path names no file that we can read; any other is a fault of the server. */
const NO_FILE = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG', 'ENXIO']);

async function openFile(path: string): Promise<{ file: FileHandle; stats: Stats } | undefined> {
  // Without O_NONBLOCK the opening of a named pipe waits for a writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(undefinedIfNoFile);
  if (!file) return undefined;
  try {
    const stats = await file.stat();
    if (stats.isFile()) return { file, stats };
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  return undefined;
}

function undefinedIfNoFile(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && NO_FILE.has(String(error.code))) return undefined;
  throw error;
}

/** A stretch of a file, which is closed at its end, or when nobody reads on. */
function streamOf(file: FileHandle, { start, end }: Stretch): ReadableStream {
  // Guarantee of the cast: it is the very class of the global name, which Node types apart.
  return Readable.toWeb(file.createReadStream({ start, end })) as ReadableStream;
}

interface Stretch {
  start: number;
  /** The last byte of it. */
  end: number;
}

interface FileAnswer {
  status: 200 | 206 | 304 | 416;
  headers: Record<string, string>;
  body?: Stretch;
}

/** What a request says of the file that it wants. */
interface FileRequest {
  method: string;
  raw: { headers: RequestHeaders };
}

function answerOf({ method, raw }: FileRequest, path: string, name: string, stats: Stats): FileAnswer {
  const { size, mtime } = stats;
  const identity = JSON.stringify([path, size, mtime.getTime()]);
  const etag = `"${createHash('sha1').update(identity).digest('base64url')}"`;
  const validators = { etag, lastModified: mtime };
  const common = {
    ETag: etag,
    'Last-Modified': mtime.toUTCString(),
    'Cache-Control': 'private, no-store',
  };
  const result = evaluatePreconditions(raw.headers, validators);
  if (result === 'failed') throw preconditionFailed();
  if (result === 'not-modified') return { status: 304, headers: common };
  const headers = {
    ...common,
    'Accept-Ranges': 'bytes',
    'Content-Type': TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
    'Content-Disposition': dispositionOf(name),
    'X-Content-Type-Options': 'nosniff',
  };
  // Range is defined for GET alone (RFC 9110, 14.2).
  const range = method === 'GET' ? rangeOf(raw.headers, size, validators) : undefined;
  if (range === 'unsatisfiable') {
    return { status: 416, headers: { ...common, 'Content-Range': `bytes */${size}`, 'Content-Length': '0' } };
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const length = { 'Content-Length': String(end - start + 1) };
  const body = size === 0 ? {} : { body: { start, end } };
  if (!range) return { status: 200, headers: { ...headers, ...length }, ...body };
  const place = { 'Content-Range': `bytes ${start}-${end}/${size}` };
  return { status: 206, headers: { ...headers, ...length, ...place }, ...body };
}

function rangeOf(
  headers: RequestHeaders,
  size: number,
  validators: Validators,
): Stretch | 'unsatisfiable' | undefined {
  const asked = headers.get('range');
  if (asked === null || !allowsRange(headers, validators)) return undefined;
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/i.exec(asked) ?? [];
  // What is no single range of bytes is ignored, and so is one that ends before it begins.
  if (first === '' ? last === '' : last !== '' && Number(last) < Number(first)) return undefined;
  // The last N bytes of a shorter file are all of it, which the parser does not know.
  const ranges = parseRange(size, first === '' && Number(last) > size ? 'bytes=0-' : asked);
  return Array.isArray(ranges) ? ranges[0] : 'unsatisfiable';
}

/** RFC 6266: a plain name, and the true one where that is another. */
function dispositionOf(name: string): string {
  const plain = name.replace(/[^\w.()+ -]/g, '_');
  const exact =
    plain === name ? '' : `; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, escaped)}`;
  return `attachment; filename="${plain}"${exact}`;
}

const escaped = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
