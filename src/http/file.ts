import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Context } from 'hono';
import parseRange from 'range-parser';
import { matchesEtag } from './etag.ts';

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
 * Answers with a file as it is read, or the one range of it that was asked for (RFC 9110, 13 and 14); a question for
 * several ranges gets all of it. The file is closed when the answer is out or its reader has gone.
 * @returns undefined when there is no such file
 */
export async function sendFile(c: Context, { path, name }: Attachment): Promise<Response | undefined> {
  const file = await openIfThere(path);
  if (!file) return undefined;
  let isStreamed = false;
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return undefined;
    const { status, headers, body } = answerOf(c, path, name, stats);
    // HEAD reaches a GET handler, whose body nobody would read.
    isStreamed = body !== undefined && c.req.method !== 'HEAD';
    return c.newResponse(isStreamed && body ? streamOf(file, body) : null, status, headers);
  } finally {
    if (!isStreamed) await file.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
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

function answerOf(c: Context, path: string, name: string, { size, mtime }: Stats): FileAnswer {
  const etag = `"${createHash('sha1')
    .update(JSON.stringify([path, size, mtime.getTime()]))
    .digest('base64url')}"`;
  const modified = mtime.toUTCString();
  const validators = { ETag: etag, 'Last-Modified': modified };
  if (isKnown(c, etag, mtime)) return { status: 304, headers: validators };
  const headers = {
    ...validators,
    'Accept-Ranges': 'bytes',
    'Content-Type': TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
    'Content-Disposition': dispositionOf(name),
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'private, no-store',
  };
  const range = rangeOf(c, size, [etag, modified]);
  if (range === 'unsatisfiable') {
    return { status: 416, headers: { 'Content-Range': `bytes */${size}`, 'Content-Length': '0' } };
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const length = { 'Content-Length': String(end - start + 1) };
  const body = size === 0 ? {} : { body: { start, end } };
  if (!range) return { status: 200, headers: { ...headers, ...length }, ...body };
  const place = { 'Content-Range': `bytes ${start}-${end}/${size}` };
  return { status: 206, headers: { ...headers, ...length, ...place }, ...body };
}

function isKnown(c: Context, etag: string, mtime: Date): boolean {
  const tags = c.req.header('If-None-Match');
  if (tags !== undefined) return matchesEtag(tags, etag);
  const since = Date.parse(c.req.header('If-Modified-Since') ?? '');
  return Math.floor(mtime.getTime() / 1000) * 1000 <= since;
}

/** @param validators one of which `If-Range` must be for a range to count */
function rangeOf(c: Context, size: number, validators: string[]): Stretch | 'unsatisfiable' | undefined {
  const asked = c.req.header('Range');
  const condition = c.req.header('If-Range');
  if (asked === undefined || (condition !== undefined && !validators.includes(condition))) return undefined;
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/i.exec(asked) ?? [];
  // What is no single range of bytes is passed over, and so is one that ends before it begins.
  if (first === '' ? last === '' : last !== '' && Number(last) < Number(first)) return undefined;
  // The last so many bytes of a shorter file are all of it, which the parser does not know.
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
