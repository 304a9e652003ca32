import { CommandError } from './command.ts';

/** The first bytes of other encodings and file formats. A signature comes before its own prefixes. */
const SIGNATURES: readonly { bytes: number[]; format: string; remedy: string }[] = [
  ...compressed('gzip', 'gzip -dc', [0x1f, 0x8b]),
  ...compressed('zstd', 'zstd -dc', [0x28, 0xb5, 0x2f, 0xfd]),
  ...compressed('xz', 'xz -dc', [0xfd, 0x37, 0x7a, 0x58]),
  ...compressed('bzip2', 'bzip2 -dc', [0x42, 0x5a, 0x68]),
  ...compressed('zip', 'unzip -p', [0x50, 0x4b, 0x03, 0x04]),
  ...encoded('UTF-32', [0xff, 0xfe, 0, 0], [0, 0, 0xfe, 0xff]),
  ...encoded('UTF-16', [0xff, 0xfe], [0xfe, 0xff]),
  {
    bytes: [...Buffer.from('SQLite format 3\0')],
    format: 'an SQLite database',
    remedy: 'To use it as the database, set DATABASE_URL to its path',
  },
];

const SIGNATURE_BYTES = Math.max(...SIGNATURES.map(({ bytes }) => bytes.length));

function compressed(name: string, command: string, bytes: number[]) {
  const remedy = `Decompress it first, for example with "${command} FILE", and import the result`;
  return [{ bytes, format: `compressed with ${name}`, remedy }];
}

function encoded(encoding: string, ...marks: number[][]) {
  const remedy = `Convert it to UTF-8 first, for example with "iconv -f ${encoding} -t UTF-8 FILE"`;
  return marks.map((bytes) => ({ bytes, format: `text in ${encoding}`, remedy }));
}

/**
 * Returns the same bytes. Refuses an input whose first bytes belong to another encoding or file format.
 * @throws CommandError that names the format and how to convert it
 */
export async function* refuseOtherEncodings(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let beginning: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of input) {
    if (beginning === undefined) {
      yield chunk;
      continue;
    }
    beginning = Buffer.concat([beginning, chunk]);
    if (beginning.length < SIGNATURE_BYTES && !beginning.includes('\n')) continue;
    refuseEncoding(beginning);
    yield beginning;
    beginning = undefined;
  }
  if (beginning === undefined) return;
  refuseEncoding(beginning);
  yield beginning;
}

function refuseEncoding(beginning: Buffer): void {
  const found =
    SIGNATURES.find(({ bytes }) => beginning.subarray(0, bytes.length).equals(Buffer.from(bytes))) ??
    encodingWithoutMark(beginning);
  if (found) throw new CommandError(`The input is ${found.format}. ${found.remedy}. Nothing was imported.`);
}

/** JSON begins with ASCII characters, which have zeros next to them in UTF-16 and UTF-32. */
function encodingWithoutMark(beginning: Buffer) {
  const zeros = [...beginning.subarray(0, 4)].map((byte) => (byte === 0 ? '0' : 'x')).join('');
  const [, encoding] = ZERO_PATTERNS.find(([pattern]) => zeros.startsWith(pattern)) ?? [];
  return encoding === undefined ? undefined : encoded(encoding, [])[0];
}

const ZERO_PATTERNS = [
  ['x000', 'UTF-32LE'],
  ['000x', 'UTF-32BE'],
  ['x0', 'UTF-16LE'],
  ['0x', 'UTF-16BE'],
] as const;
