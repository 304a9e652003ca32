import { CommandError } from './command.ts';

/** Encodings and file formats that are recognized by their first bytes, longest signature first. */
const SIGNATURES: readonly { bytes: number[]; what: string; remedy: string }[] = [
  ...compressed('gzip', 'gzip -dc', [0x1f, 0x8b]),
  ...compressed('zstd', 'zstd -dc', [0x28, 0xb5, 0x2f, 0xfd]),
  ...compressed('xz', 'xz -dc', [0xfd, 0x37, 0x7a, 0x58]),
  ...compressed('bzip2', 'bzip2 -dc', [0x42, 0x5a, 0x68]),
  ...compressed('zip', 'unzip -p', [0x50, 0x4b, 0x03, 0x04]),
  ...encoded('UTF-32', [0xff, 0xfe, 0, 0], [0, 0, 0xfe, 0xff]),
  ...encoded('UTF-16', [0xff, 0xfe], [0xfe, 0xff]),
  {
    bytes: [...Buffer.from('SQLite format 3\0')],
    what: 'an SQLite database',
    remedy: 'To use it as the database, set DATABASE_URL to its path',
  },
];

const SIGNATURE_BYTES = Math.max(...SIGNATURES.map(({ bytes }) => bytes.length));

function compressed(format: string, command: string, bytes: number[]) {
  const remedy = `Decompress it first, for example with "${command} FILE", and import the result`;
  return [{ bytes, what: `compressed with ${format}`, remedy }];
}

function encoded(encoding: string, ...marks: number[][]) {
  const remedy = `Convert it to UTF-8 first, for example with "iconv -f ${encoding} -t UTF-8 FILE"`;
  return marks.map((bytes) => ({ bytes, what: `text in ${encoding}`, remedy }));
}

/**
 * Returns the same bytes, once the first ones do not belong to another encoding or file format.
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
  if (found) throw new CommandError(`The input is ${found.what}. ${found.remedy}. Nothing was imported.`);
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

const PER_LINE = 'write one task per line, for example with';

/**
 * Returns what a line is that is no task but a common mistake, and how to convert it; undefined when unknown.
 * @param text the line, or its beginning
 * @param data its value; undefined when it is not JSON
 */
export function describeOtherFormat(text: string, data: unknown): string | undefined {
  const trimmed = text.trim();
  if (text.startsWith('\ufeff')) {
    return `it begins with a byte order mark (BOM); remove it, for example with sed 's/^\\xEF\\xBB\\xBF//'`;
  }
  if (Array.isArray(data) || /^\[\s*($|[{[\]])/.test(trimmed)) {
    return `it is a JSON array; ${PER_LINE} jq -c '.[]'`;
  }
  if (isPage(data) || /^\{\s*"tasks"\s*:\s*(\[|$)/.test(trimmed)) {
    return `it is a page of the HDP list; ${PER_LINE} jq -c '.tasks[]', and load them with taskgate import hdp`;
  }
  if (data !== undefined) return undefined;
  if (trimmed.includes('\0')) return 'it has NUL characters, as text in UTF-16 has; convert it to UTF-8';
  if (/^\{[^\n]*\}\s*\r\s*\{/.test(trimmed)) {
    return `it has carriage returns (CR) alone between lines; convert it, for example with tr '\\r' '\\n'`;
  }
  if (isPartOfPrettyJson(trimmed)) {
    return `it is a part of JSON that is spread over several lines; ${PER_LINE} jq -c .`;
  }
  if (/^\{.*\}\s*,?\s*\{/s.test(trimmed) && hasMoreAfterValue(trimmed)) {
    return `it has more than one JSON value; ${PER_LINE} jq -c .`;
  }
  return undefined;
}

const isPage = (data: unknown) =>
  typeof data === 'object' && data !== null && 'tasks' in data && Array.isArray(data.tasks);

/** `{`, `"id": 1,`, `"state": {`, `},` and `]`, as an indenting printer writes them. */
const isPartOfPrettyJson = (text: string) =>
  /^[{}[\]],?$/.test(text) || /^(\{\s*)?"[^"\\]*" ?: .*[,{[]$/.test(text) || /^\{.*\},$/.test(text);

function hasMoreAfterValue(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return error instanceof Error && error.message.includes('after JSON');
  }
}
