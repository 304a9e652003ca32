import { isUtf8 } from 'node:buffer';
import { MAX_BODY_BYTES } from '../http/body.ts';

/** A line of a text file: its number from 1, its bytes before the line end, or why it has no text. */
export interface Line {
  number: number;
  text: string;
  problem?: string;
  /** The first characters of a line that is too long. */
  beginning?: string;
}

const BEGINNING_BYTES = 64;
const NOT_UTF8 = 'is not UTF-8; convert it, for example with iconv -f ISO-8859-1 -t UTF-8';

/**
 * The longest line that is read, in bytes; more would let one line take the memory of a million. The line of a task that was
 * made with the largest body is longer than that body, by its id, its state and what its runs add.
 */
export const LONGEST_LINE = 2 * MAX_BODY_BYTES;

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = '\ufeff';

/**
 * Splits a byte stream into lines, in flat memory; blank lines are left out but counted. Yields the lines of a chunk
 * together, since awaiting each one would cost more than reading it.
 * @param onBytes told how many bytes came in, for progress
 */
export async function* readLines(
  input: AsyncIterable<Buffer>,
  onBytes?: (count: number) => void,
): AsyncGenerator<Line[]> {
  let number = 0;
  let begun: Buffer[] = [];
  let begunLength = 0;
  const finish = (end: Buffer): Line => {
    const bytes = begun.length === 0 ? end : Buffer.concat([...begun, end]);
    const length = begunLength + end.length;
    begun = [];
    begunLength = 0;
    number += 1;
    return toLine(number, bytes, length);
  };

  for await (const chunk of input) {
    onBytes?.(chunk.length);
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      lines.push(finish(chunk.subarray(start, end)));
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    if (begunLength <= LONGEST_LINE && rest.length > 0) begun.push(rest);
    begunLength += rest.length;
    yield lines.filter(hasContent);
  }
  if (begunLength > 0) yield [finish(Buffer.alloc(0))].filter(hasContent);
}

function toLine(number: number, bytes: Buffer, length: number): Line {
  if (length > LONGEST_LINE) {
    const beginning = withoutMark(number, bytes.toString('utf8', 0, BEGINNING_BYTES));
    return { number, text: '', problem: `is longer than ${LONGEST_LINE} bytes`, beginning };
  }
  if (!isUtf8(bytes)) return { number, text: '', problem: NOT_UTF8 };
  return { number, text: withoutMark(number, bytes.toString('utf8')) };
}

/** A file may begin with a byte order mark. */
const withoutMark = (number: number, text: string) =>
  number === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;

const hasContent = (line: Line) => line.problem !== undefined || line.text.trim() !== '';
