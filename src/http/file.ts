import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Context } from 'hono';
import parseRange from 'range-parser';
import { allowsRange, evaluatePreconditions, type RequestHeaders, type Validators } from './preconditions.ts';
import { preconditionFailed } from './respond.ts';

/** A file to download. */
export interface Attachment {
  /** The content of this path must never change. */
  path: string;
  /** The file name for the client. */
  name: string;
}

const CONTENT_TYPES: Record<string, string> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

/**
 * Sends a file as a stream, or the range that a GET requests (RFC 9110, 13 and 14). A request for several ranges gets the
 * whole file. The file is closed when the response has been sent or the client has disconnected.
 * @returns undefined if there is no such file
 * @throws ApiError 412 if a precondition of the request is false
 */
export async function sendFile(c: Context, { path, name }: Attachment): Promise<Response | undefined> {
  const opened = await openFile(path);
  if (!opened) return undefined;
  const { file, stats } = opened;
  let isStreamed = false;
  try {
    const { status, headers, body } = responseFor(c.req, path, name, stats);
    // Hono calls the GET handler for HEAD too, but the body of its response is not read.
    isStreamed = body !== undefined && c.req.method !== 'HEAD';
    return c.newResponse(isStreamed && body ? streamOf(file, body) : null, status, headers);
  } finally {
    if (!isStreamed) await file.close();
  }
}

/** Returns true if `sendFile` can read a file at this path. */
export async function isReadableFile(path: string): Promise<boolean> {
  const opened = await openFile(path);
  await opened?.file.close();
  return opened !== undefined;
}

/** Errors for a path without a readable file. Other errors are internal errors. */
const NO_FILE = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG', 'ENXIO']);

async function openFile(path: string): Promise<{ file: FileHandle; stats: Stats } | undefined> {
  // Without O_NONBLOCK, opening a named pipe would wait for a writer.
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

/** Returns a stream of a range of a file. The file is closed at the end of the range or when the stream is cancelled. */
function streamOf(file: FileHandle, { start, end }: ByteRange): ReadableStream {
  // The cast is safe: Readable.toWeb returns the global ReadableStream class, for which Node has a second type.
  return Readable.toWeb(file.createReadStream({ start, end })) as ReadableStream;
}

interface ByteRange {
  start: number;
  /** The last byte, inclusive. */
  end: number;
}

interface FileResponse {
  status: 200 | 206 | 304 | 416;
  headers: Record<string, string>;
  body?: ByteRange;
}

/** The parts of a request that determine the response. */
interface FileRequest {
  method: string;
  raw: { headers: RequestHeaders };
}

function responseFor({ method, raw }: FileRequest, path: string, name: string, stats: Stats): FileResponse {
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
    'Content-Type': CONTENT_TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
    'Content-Disposition': dispositionOf(name),
    'X-Content-Type-Options': 'nosniff',
  };
  // Range is defined for GET alone (RFC 9110, 14.2).
  const range = method === 'GET' ? parseByteRange(raw.headers, size, validators) : undefined;
  if (range === 'unsatisfiable') {
    return { status: 416, headers: { ...common, 'Content-Range': `bytes */${size}`, 'Content-Length': '0' } };
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const length = { 'Content-Length': String(end - start + 1) };
  const body = size === 0 ? {} : { body: { start, end } };
  if (!range) return { status: 200, headers: { ...headers, ...length }, ...body };
  const contentRange = { 'Content-Range': `bytes ${start}-${end}/${size}` };
  return { status: 206, headers: { ...headers, ...length, ...contentRange }, ...body };
}

function parseByteRange(
  headers: RequestHeaders,
  size: number,
  validators: Validators,
): ByteRange | 'unsatisfiable' | undefined {
  const rangeHeader = headers.get('range');
  if (rangeHeader === null || !allowsRange(headers, validators)) return undefined;
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/i.exec(rangeHeader) ?? [];
  // A header that is not a single byte range is ignored, and so is a range whose end precedes its start.
  if (first === '' ? last === '' : last !== '' && Number(last) < Number(first)) return undefined;
  // If the last N bytes are requested of a shorter file, the range is the whole file. The parser does not support that.
  const ranges = parseRange(size, first === '' && Number(last) > size ? 'bytes=0-' : rangeHeader);
  return Array.isArray(ranges) ? ranges[0] : 'unsatisfiable';
}

/** Returns a Content-Disposition (RFC 6266): an ASCII name, and the exact name if it differs. */
function dispositionOf(name: string): string {
  const plain = name.replace(/[^\w.()+ -]/g, '_');
  const exact =
    plain === name ? '' : `; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, escaped)}`;
  return `attachment; filename="${plain}"${exact}`;
}

const escaped = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
