import { isUtf8 } from 'node:buffer';
import { MAX_BODY_BYTES } from '../http/body.ts';

/** A line of a text file. */
export interface Line {
  /** From 1. */
  number: number;
  /** The line without its line end; empty if there is a problem. */
  text: string;
  /** Why the line cannot be read, as the end of a sentence. */
  problem?: string;
  /** The first characters of a line that is too long. */
  beginning?: string;
}

const BEGINNING_BYTES = 64;
const NOT_UTF8 = 'is not UTF-8; convert it, for example with iconv -f ISO-8859-1 -t UTF-8';

/**
 * The maximum length of a line, which bounds the memory per line. The line of a task is longer than the body that created
 * it, because it also has the id, the state and the result.
 */
export const MAX_LINE_BYTES = 2 * MAX_BODY_BYTES;

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = '\ufeff';

/**
 * Splits a byte stream into lines, in constant memory. Blank lines are counted and omitted. Yields the lines of a chunk
 * together, because awaiting each line would cost more than reading it.
 * @param onBytes receives the length of each chunk
 */
export async function* readLines(
  input: AsyncIterable<Buffer>,
  onBytes?: (count: number) => void,
): AsyncGenerator<Line[]> {
  let number = 0;
  let partial: Buffer[] = [];
  let partialLength = 0;
  const finish = (end: Buffer): Line => {
    const bytes = partial.length === 0 ? end : Buffer.concat([...partial, end]);
    const length = partialLength + end.length;
    partial = [];
    partialLength = 0;
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
    if (partialLength <= MAX_LINE_BYTES && rest.length > 0) partial.push(rest);
    partialLength += rest.length;
    yield lines.filter(hasContent);
  }
  if (partialLength > 0) yield [finish(Buffer.alloc(0))].filter(hasContent);
}

function toLine(number: number, bytes: Buffer, length: number): Line {
  if (length > MAX_LINE_BYTES) {
    const beginning = removeByteOrderMark(number, bytes.toString('utf8', 0, BEGINNING_BYTES));
    return { number, text: '', problem: `is longer than ${MAX_LINE_BYTES} bytes`, beginning };
  }
  if (!isUtf8(bytes)) return { number, text: '', problem: NOT_UTF8 };
  return { number, text: removeByteOrderMark(number, bytes.toString('utf8')) };
}

const removeByteOrderMark = (number: number, text: string) =>
  number === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;

const hasContent = (line: Line) => line.problem !== undefined || line.text.trim() !== '';
