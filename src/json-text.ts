import { parseTree } from 'jsonc-parser';

/**
 * JSON as text. A task's `trigger` and `target` are returned exactly as they were stored (contract A3), with unknown keys,
 * key order and number notation. Parsing would change them (`{"2":…,"1":…}`, `1.0`, integers beyond 2^53), so they stay
 * text from the request or file to the response.
 */
declare const valueType: unique symbol;

/** A string that is the JSON text of a `T`. */
export type JsonText<T> = string & { readonly [valueType]: T };

/** Marks `text` as the JSON text of a `T`, without a check. */
export function asJsonText<T>(text: string): JsonText<T> {
  return text as JsonText<T>;
}

/** Returns the JSON text of an array. */
export function jsonArray<T>(elements: readonly JsonText<T>[]): JsonText<T[]> {
  return asJsonText(`[${elements.join(',')}]`);
}

/** The maximum nesting of stored JSON, below the object itself. SQLite's JSON functions support 1000 levels. */
const MAX_DEPTH = 500;

/** A text of this length cannot exceed MAX_DEPTH. */
const MAX_SHORT_LENGTH = 2 * MAX_DEPTH;

/**
 * Returns true if a short text equals the output of `JSON.stringify` for its value, as most texts of clients do. Such a
 * text has no repeated key, and `JSON.stringify` of a member equals the text of the member.
 */
export const isStringifyOutput = (value: unknown, json: string) =>
  json.length <= MAX_SHORT_LENGTH && JSON.stringify(value) === json;

/** Valid JSON that cannot be stored. The message says why, as the end of a sentence. */
export class UnsupportedJsonError extends Error {}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;

/**
 * Returns the text of each member of a JSON object, without insignificant white space.
 * @param json the valid JSON text of an object
 * @throws UnsupportedJsonError if a name occurs twice, or the nesting is deeper than 500 levels
 */
export function memberTexts(json: string): Map<string, string> {
  const members = new Map<string, string>();
  let depth = 0;
  let name: string | undefined;
  let value = '';
  const addMember = () => {
    if (name === undefined) return;
    if (members.has(name)) throw new UnsupportedJsonError(`has the key ${JSON.stringify(name)} twice`);
    members.set(name, value);
    name = undefined;
    value = '';
  };
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === '}' || token === ']') depth -= 1;
    if (depth === 0) {
      addMember();
    } else if (depth === 1 && name === undefined) {
      name = JSON.parse(token);
    } else if (depth === 1 && token === ',') {
      addMember();
    } else if (depth > 1 || token !== ':') {
      value += token;
    }
    if (token === '{' || token === '[') depth += 1;
    if (depth > MAX_DEPTH + 1) throw new UnsupportedJsonError(`is nested more than ${MAX_DEPTH} levels deep`);
  }
  return members;
}

/**
 * Replaces the value of one member in the text of a JSON object. All other text, and an object without the member, stays
 * unchanged.
 * @param json the valid JSON text of an object
 * @param value the new value as JSON text
 */
export function replaceMember(json: string, name: string, value: string): string {
  const members = parseTree(json)?.children ?? [];
  const old = members.find(({ children }) => children?.[0]?.value === name)?.children?.[1];
  return old ? json.slice(0, old.offset) + value + json.slice(old.offset + old.length) : json;
}
