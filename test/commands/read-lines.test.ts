import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Line, MAX_LINE_BYTES, readLines } from '../../src/commands/lines.ts';

/** Reads the lines of some chunks. Returns them and the number of bytes that were reported. */
async function read(...chunks: readonly (string | Buffer)[]) {
  async function* input() {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  const lines: Line[] = [];
  let bytes = 0;
  const onBytes = (count: number) => {
    bytes += count;
  };
  for await (const some of readLines(input(), onBytes)) lines.push(...some);
  return { lines, bytes };
}

const long = (length: number) => 'x'.repeat(length);
const TOO_LONG = `is longer than ${MAX_LINE_BYTES} bytes`;
const NOT_UTF8 = 'is not UTF-8; convert it, for example with iconv -f ISO-8859-1 -t UTF-8';
const BEGINNING = long(64);

describe('readLines', () => {
  it.each<[string, (string | Buffer)[], Line[]]>([
    ['nothing from no input', [], []],
    ['nothing from empty chunks', ['', ''], []],
    ['a line without a line end', ['a'], [{ number: 1, text: 'a' }]],
    ['no empty line after the last line end', ['a\n'], [{ number: 1, text: 'a' }]],
    ['lines of one chunk', ['a\nb\nc'], ['a', 'b', 'c'].map((text, at) => ({ number: at + 1, text }))],
    [
      'a line over three chunks',
      ['a', 'b', 'c\nd'],
      [
        { number: 1, text: 'abc' },
        { number: 2, text: 'd' },
      ],
    ],
    [
      'lines that end where a chunk ends',
      ['a\n', 'b\n'],
      [
        { number: 1, text: 'a' },
        { number: 2, text: 'b' },
      ],
    ],
    [
      'a line end that is a chunk',
      ['a', '\n', 'b'],
      [
        { number: 1, text: 'a' },
        { number: 2, text: 'b' },
      ],
    ],
    [
      'a character that is split between two chunks',
      [Buffer.from('ü').subarray(0, 1), Buffer.from('ü').subarray(1), '\n'],
      [{ number: 1, text: 'ü' }],
    ],
    [
      'a carriage return as white space at the end',
      ['a\r\n\r\nb\r', '\n'],
      [
        { number: 1, text: 'a\r' },
        { number: 3, text: 'b\r' },
      ],
    ],
    ['no blank lines, but counts them', ['\n \n\t\nb\n\n'], [{ number: 4, text: 'b' }]],
    ['the first line without its byte order mark', ['\ufeffa'], [{ number: 1, text: 'a' }]],
    [
      'the first line without a byte order mark that is split between chunks',
      [Buffer.from([0xef]), Buffer.from([0xbb]), Buffer.from([0xbf, 0x61])],
      [{ number: 1, text: 'a' }],
    ],
    ['one byte order mark as text', ['\ufeff\ufeffa'], [{ number: 1, text: '\ufeffa' }]],
    [
      'a byte order mark of a later line as text',
      ['a\n\ufeffb'],
      [
        { number: 1, text: 'a' },
        { number: 2, text: '\ufeffb' },
      ],
    ],
    ['nothing from a byte order mark alone', ['\ufeff\n'], []],
    [
      'NUL and other line separators as text',
      ['a\0\u2028\u0085b'],
      [{ number: 1, text: 'a\0\u2028\u0085b' }],
    ],
    [
      'bytes that are not UTF-8 as a problem, and continues',
      [Buffer.from([0x61, 0xff, 0x0a, 0x62])],
      [
        { number: 1, text: '', problem: NOT_UTF8 },
        { number: 2, text: 'b' },
      ],
    ],
    [
      'half of a surrogate pair in bytes as a problem',
      [Buffer.from([0xed, 0xa0, 0x80])],
      [{ number: 1, text: '', problem: NOT_UTF8 }],
    ],
    [
      'an incomplete character at the end of the input as a problem',
      [Buffer.from('ü').subarray(0, 1)],
      [{ number: 1, text: '', problem: NOT_UTF8 }],
    ],
    ['the longest line', [`${long(MAX_LINE_BYTES)}\n`], [{ number: 1, text: long(MAX_LINE_BYTES) }]],
    [
      'a longer line as a problem, and continues',
      [`${long(MAX_LINE_BYTES + 1)}\nb`],
      [
        { number: 1, text: '', problem: TOO_LONG, beginning: BEGINNING },
        { number: 2, text: 'b' },
      ],
    ],
    [
      'a longer line of many chunks as a problem, and continues',
      [...Array.from({ length: 20 }, () => long(MAX_LINE_BYTES / 4)), 'x\nb'],
      [
        { number: 1, text: '', problem: TOO_LONG, beginning: BEGINNING },
        { number: 2, text: 'b' },
      ],
    ],
    [
      'the beginning of a longer line after the byte order mark',
      [`\ufeff[${long(MAX_LINE_BYTES)}`],
      [{ number: 1, text: '', problem: TOO_LONG, beginning: `[${long(60)}` }],
    ],
    [
      'a longer line without a line end as a problem',
      ['a\n', long(MAX_LINE_BYTES), 'x'],
      [
        { number: 1, text: 'a' },
        { number: 2, text: '', problem: TOO_LONG, beginning: BEGINNING },
      ],
    ],
  ])('returns %s', async (_, chunks, lines) => {
    expect((await read(...chunks)).lines).toEqual(lines);
  });

  it('reports every byte received', async () => {
    expect((await read('ü\n', '', 'b')).bytes).toBe(4);
  });

  it('returns the same lines for any chunk boundaries', async () => {
    const part = fc.constantFrom('a', '\n', '\r\n', ' ', 'ü', '🧾', '\ufeff', '\xff');
    const content = fc
      .array(part, { maxLength: 30 })
      .map((parts) =>
        Buffer.concat(parts.map((text) => (text === '\xff' ? Buffer.from([0xff]) : Buffer.from(text)))),
      );
    await fc.assert(
      fc.asyncProperty(content, fc.array(fc.nat(40)), async (bytes, cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const chunks = edges.map((edge, at) => bytes.subarray(edge, edges[at + 1]));
        expect((await read(...chunks.slice(0, -1))).lines).toEqual((await read(bytes)).lines);
      }),
    );
  });

  it('buffers at most the longest line and one chunk of an endless line', async () => {
    const chunk = Buffer.alloc(MAX_LINE_BYTES, 'x');
    async function* endless() {
      for (let n = 0; n < 200; n += 1) yield chunk;
    }
    const before = process.memoryUsage().arrayBuffers;
    const lines: Line[] = [];
    for await (const some of readLines(endless())) lines.push(...some);
    expect(lines).toEqual([{ number: 1, text: '', problem: TOO_LONG, beginning: BEGINNING }]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * MAX_LINE_BYTES);
  });
});
