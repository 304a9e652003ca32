import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { EXPORT_CONTENT } from '../support/actions.ts';
import { createDownload } from '../support/download.ts';
import { servicesError } from '../support/services-requests.ts';

describe('a download', () => {
  it('returns the whole file without credentials', async () => {
    const { url, ask } = await createDownload();
    const { status, headers, text } = await ask(url);
    expect({ status, text }).toEqual({ status: 200, text: EXPORT_CONTENT });
    expect(Object.fromEntries(headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'content-disposition': 'attachment; filename="User_Export-7.csv"',
      'content-length': String(EXPORT_CONTENT.length),
      'content-type': 'text/csv; charset=utf-8',
      etag: expect.stringMatching(/^"[\w-]+"$/),
      'last-modified': expect.stringContaining('GMT'),
      'x-content-type-options': 'nosniff',
    });
  });

  it('returns the headers of GET to HEAD, without a body', async () => {
    const { url, ask } = await createDownload();
    const [get, head] = [await ask(url), await ask(url, {}, 'HEAD')];
    expect(head.text).toBe('');
    expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers));
  });

  it.each([
    ['bytes=0-0', 'i', 'bytes 0-0/25'],
    ['bytes=9-', EXPORT_CONTENT.slice(9), 'bytes 9-24/25'],
    ['bytes=-4', EXPORT_CONTENT.slice(-4), 'bytes 21-24/25'],
    ['bytes=-999', EXPORT_CONTENT, 'bytes 0-24/25'],
    ['bytes=20-999', EXPORT_CONTENT.slice(20), 'bytes 20-24/25'],
  ])('returns 206 for the range %s', async (range, text, contentRange) => {
    const { url, ask } = await createDownload();
    const response = await ask(url, { Range: range });
    expect(response).toMatchObject({ status: 206, text });
    expect(response.headers.get('content-range')).toBe(contentRange);
    expect(response.headers.get('content-length')).toBe(String(text.length));
  });

  it.each(['bytes=25-', 'bytes=99-100', 'bytes=-0'])('returns 416 for the range %s', async (range) => {
    const { url, ask } = await createDownload();
    const { status, headers, text } = await ask(url, { Range: range });
    expect({ status, text, contentRange: headers.get('content-range') }).toEqual({
      status: 416,
      text: '',
      contentRange: 'bytes */25',
    });
  });

  it.each(['bytes=0-1,4-5', 'bytes=99-,0-1', 'rows=0-1', 'bytes=x', 'bytes', 'bytes=-', 'bytes=5-2'])(
    'returns the whole file for the range %s',
    async (range) => {
      const { url, ask } = await createDownload();
      expect(await ask(url, { Range: range })).toMatchObject({ status: 200, text: EXPORT_CONTENT });
    },
  );

  it('returns a range only if If-Range matches the file', async () => {
    const { url, ask } = await createDownload();
    const { headers } = await ask(url);
    const Range = 'bytes=0-1';
    for (const name of ['etag', 'last-modified']) {
      expect(await ask(url, { Range, 'If-Range': headers.get(name) ?? '' })).toMatchObject({ status: 206 });
    }
    for (const other of ['"other"', 'Thu, 01 Jan 1970 00:00:00 GMT', `W/${headers.get('etag')}`]) {
      expect(await ask(url, { Range, 'If-Range': other })).toMatchObject({
        status: 200,
        text: EXPORT_CONTENT,
      });
    }
  });

  it('returns 304 to a client that has the file', async () => {
    const { url, ask } = await createDownload();
    const { headers } = await ask(url);
    const [etag = '', modified = ''] = [headers.get('etag') ?? '', headers.get('last-modified') ?? ''];
    expect(await ask(url, { 'If-None-Match': etag })).toMatchObject({ status: 304, text: '' });
    expect(await ask(url, { 'If-Modified-Since': modified })).toMatchObject({ status: 304 });
    expect(await ask(url, { 'If-None-Match': '"x"', 'If-Modified-Since': modified })).toMatchObject({
      status: 200,
    });
  });

  it.each([
    ['If-Match', '"x"'],
    ['If-Match', 'W/ETAG'],
    ['If-Unmodified-Since', 'Thu, 01 Jan 1970 00:00:00 GMT'],
  ])('returns 412 when %s: %s is false, before other conditions and ranges', async (name, value) => {
    const { url, ask } = await createDownload();
    const etag = (await ask(url)).headers.get('etag') ?? '';
    const condition = { [name]: value.replace('ETAG', etag) };
    for (const more of [{}, { Range: 'bytes=0-1' }, { Range: 'bytes=99-' }, { 'If-None-Match': etag }]) {
      const { status, text } = await ask(url, { ...condition, ...more });
      expect({ status, body: JSON.parse(text) }).toEqual({
        status: 412,
        body: servicesError(
          9012,
          'precondition_failed',
          'The precondition in If-Match or If-Unmodified-Since is not met.',
        ),
      });
    }
    expect((await ask(url, condition, 'HEAD')).status).toBe(412);
  });

  it('returns 200 or 206 when If-Match and If-Unmodified-Since hold', async () => {
    const { url, ask } = await createDownload();
    const { headers } = await ask(url);
    const [etag = '', modified = ''] = [headers.get('etag') ?? '', headers.get('last-modified') ?? ''];
    const epoch = 'Thu, 01 Jan 1970 00:00:00 GMT';
    expect(await ask(url, { 'If-Match': etag, 'If-Unmodified-Since': epoch })).toMatchObject({ status: 200 });
    expect(await ask(url, { 'If-Match': '*', Range: 'bytes=0-1' })).toMatchObject({ status: 206 });
    expect(await ask(url, { 'If-Unmodified-Since': modified })).toMatchObject({ status: 200 });
    expect(await ask(url, { 'If-Unmodified-Since': 'yesterday' })).toMatchObject({ status: 200 });
  });

  it.each(['bytes=0-1', 'bytes=99-'])('ignores the range %s of HEAD', async (range) => {
    const { url, ask } = await createDownload();
    const { status, headers } = await ask(url, { Range: range }, 'HEAD');
    expect({
      status,
      length: headers.get('content-length'),
      contentRange: headers.get('content-range'),
    }).toEqual({
      status: 200,
      length: String(EXPORT_CONTENT.length),
      contentRange: null,
    });
  });

  it('has Cache-Control and validators also with 206, 304 and 416', async () => {
    const { url, ask } = await createDownload();
    const { headers } = await ask(url);
    const etag = headers.get('etag') ?? '';
    const names = ['cache-control', 'etag', 'last-modified'];
    const expected = names.map((name) => headers.get(name));
    expect(expected[0]).toBe('private, no-store');
    for (const [status, requestHeaders] of [
      [206, { Range: 'bytes=0-1' }],
      [304, { 'If-None-Match': etag }],
      [416, { Range: 'bytes=99-' }],
    ] as const) {
      const response = await ask(url, requestHeaders);
      expect(response.status).toBe(status);
      expect(names.map((name) => response.headers.get(name))).toEqual(expected);
    }
  });

  it('returns 405 for other methods', async () => {
    const { url, ask } = await createDownload();
    const { status, headers } = await ask(url, {}, 'POST');
    expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: 'GET, HEAD' });
  });

  it('closes its file after a full read, a canceled read and no read', async () => {
    const { url, app, ask, exportsDir } = await createDownload();
    // Larger than the read-ahead buffer.
    for (const name of readdirSync(join(exportsDir, '1764'))) {
      writeFileSync(join(exportsDir, '1764', name), Buffer.alloc(1e6));
    }
    await ask(url);
    await ask(url, {}, 'HEAD');
    await ask(url, { Range: 'bytes=1000000-' });
    const canceled = await app.request(url);
    await canceled.body?.cancel();
    await vi.waitFor(() => expect(openFilesIn(exportsDir)).toEqual([]));
  });
});

/** Returns the files below a folder that this process has open. */
function openFilesIn(folder: string): string[] {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return links.filter((path) => path.startsWith(folder));
}
