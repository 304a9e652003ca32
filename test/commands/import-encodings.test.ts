import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createCli } from '../support/cli.ts';
import { HDP_LINE, toNdjson } from '../support/import-lines.ts';

describe('taskgate import of another encoding or file format', () => {
  const decompress = (command: string) =>
    `Decompress it first, for example with "${command} FILE", and import the result`;
  const convert = (encoding: string) =>
    `Convert it to UTF-8 first, for example with "iconv -f ${encoding} -t UTF-8 FILE"`;
  const utf16 = Buffer.from(`${HDP_LINE}\n`, 'utf16le');
  const utf32 = Buffer.concat([...`${HDP_LINE}\n`].map((character) => Buffer.from(`${character}\0\0\0`)));
  const swapBytes = (bytes: Buffer) => Buffer.from(bytes).swap16();

  it.each<[string, Buffer, string]>([
    ['compressed with gzip', gzipSync(toNdjson(HDP_LINE)), decompress('gzip -dc')],
    ['compressed with zstd', Buffer.from('28b52ffd040001', 'hex'), decompress('zstd -dc')],
    ['compressed with xz', Buffer.from('fd377a585a000004', 'hex'), decompress('xz -dc')],
    ['compressed with bzip2', Buffer.from('BZh91AY&SY'), decompress('bzip2 -dc')],
    ['compressed with zip', Buffer.from('PK\x03\x04\x14'), decompress('unzip -p')],
    ['text in UTF-16', Buffer.from(`\ufeff${HDP_LINE}`, 'utf16le'), convert('UTF-16')],
    ['text in UTF-16', swapBytes(Buffer.from(`\ufeff${HDP_LINE}`, 'utf16le')), convert('UTF-16')],
    ['text in UTF-16LE', utf16, convert('UTF-16LE')],
    ['text in UTF-16BE', swapBytes(utf16), convert('UTF-16BE')],
    ['text in UTF-32', Buffer.concat([Buffer.from('fffe0000', 'hex'), utf32]), convert('UTF-32')],
    ['text in UTF-32LE', utf32, convert('UTF-32LE')],
    ['text in UTF-32BE', Buffer.from(utf32).swap32(), convert('UTF-32BE')],
    [
      'an SQLite database',
      Buffer.from('SQLite format 3\0\x10\0'),
      'To use it as the database, set DATABASE_URL to its path',
    ],
  ])('reports that the input is %s and what to do, also with --keep-going', async (what, bytes, remedy) => {
    const cli = await createCli();
    const file = await cli.file('tasks', bytes);
    const expected = {
      code: 1,
      stdout: '',
      stderr: `taskgate: The input is ${what}. ${remedy}. Nothing was imported.\n`,
    };
    function* byteByByte() {
      for (const byte of bytes) yield Buffer.from([byte]);
    }
    expect(await cli.run(['import', 'hdp', file])).toEqual(expected);
    expect(await cli.run(['import', 'hdp', '-', '--keep-going'], { stdin: byteByByte() })).toEqual(expected);
  });

  it.each(['', '1', '{\n', '\n'])('reads %j as text', async (stdin) => {
    const { stderr } = await (await createCli()).run(['import', 'hdp', '-'], { stdin });
    expect(stderr).not.toContain('The input is');
  });
});
