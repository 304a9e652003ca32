/** JSON with the numbers as they were written, and the parts of a text unchanged. `JSON.parse` alone loses both. */

declare global {
  interface JSON {
    /** Browsers know it if they know the `context` of a reviver. */
    rawJSON?(source: string): unknown;
  }
}

/** A number that JavaScript would write in another way, such as `1.0` or an integer beyond 2^53. */
export class ExactNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  /** `JSON.stringify` writes the number as it was written. */
  toJSON(): unknown {
    return JSON.rawJSON?.(this.source) ?? Number(this.source);
  }
}

/** Parses a JSON text. @returns undefined if it is not JSON */
export function parseExactly(text: string): { value: unknown } | undefined {
  // Browsers without `context` show the number of JavaScript; the raw text is exact in all.
  const revive = (_: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && context?.source !== undefined && context.source !== String(value)
      ? new ExactNumber(context.source)
      : value;
  try {
    return { value: JSON.parse(text, revive) };
  } catch {
    return undefined;
  }
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;

/**
 * Returns the parts of a JSON text at its top level, as they are written: the elements of an array, or the names and values
 * of an object in turn.
 * @param text valid JSON
 */
function topLevelParts(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start: number | undefined;
  let end = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === '}' || token === ']') depth -= 1;
    const isSeparator = (depth === 1 && (token === ',' || token === ':')) || depth === 0;
    if (!isSeparator) {
      start ??= index;
      end = index + token.length;
    } else if (start !== undefined) {
      parts.push(text.slice(start, end));
      start = undefined;
    }
    if (token === '{' || token === '[') depth += 1;
  }
  return parts;
}

/** Returns the elements of a JSON array as they are written. @param text the valid JSON of an array */
export const elementSources = (text: string): string[] => topLevelParts(text);

/** Returns the value of a member as it is written. @param text the valid JSON of an object */
export function memberSource(text: string, name: string): string | undefined {
  const parts = topLevelParts(text);
  const at = parts.findIndex((part, index) => index % 2 === 0 && JSON.parse(part) === name);
  return at < 0 ? undefined : parts[at + 1];
}

/**
 * Returns an object with another value of a member. All other values stay as they are written.
 * @param text the valid JSON of an object that has the member
 * @param value valid JSON
 */
export function replaceMember(text: string, name: string, value: string): string {
  const members: string[] = [];
  const parts = topLevelParts(text);
  for (let at = 0; at < parts.length; at += 2) {
    const [key = '', old = ''] = parts.slice(at, at + 2);
    members.push(`${key}:${JSON.parse(key) === name ? value : old}`);
  }
  return `{${members.join(',')}}`;
}

/** Returns JSON with one value per line. Numbers and repeated keys stay as they were sent, and other texts as they are. */
export function layOutJson(text: string): string {
  if (!parseExactly(text)) return text;
  let laidOut = '';
  let depth = 0;
  let former = '';
  for (const [token] of text.matchAll(TOKEN)) {
    const isEnd = token === '}' || token === ']';
    const isFirst = former === '{' || former === '[';
    if (isEnd) depth -= 1;
    // An empty object or array stays on its line.
    if (isEnd !== isFirst || former === ',') laidOut += `\n${'  '.repeat(depth)}`;
    laidOut += token === ':' ? ': ' : token;
    if (token === '{' || token === '[') depth += 1;
    former = token;
  }
  return laidOut;
}
