import { parseTree } from 'jsonc-parser';

/**
 * JSON as text. A task's `trigger` and `target` come back exactly as they were stored (contract A3): unknown keys,
 * key order and number spelling included. Parsing would lose some of that (`{"2":…,"1":…}`, `1.0`, integers beyond
 * 2^53), so such members travel as text from the request or file to the response.
 */
declare const describes: unique symbol;

/** A string that is the JSON text of a `T`. */
export type JsonText<T> = string & { readonly [describes]: T };

/** Marks `text` as the JSON text of a `T`. The only place where that is claimed: callers must have built it so. */
export function asJsonText<T>(text: string): JsonText<T> {
  return text as JsonText<T>;
}

/** The JSON text of an array, from the texts of its elements. */
export function jsonArray<T>(elements: readonly JsonText<T>[]): JsonText<T[]> {
  return asJsonText(`[${elements.join(',')}]`);
}

/** A text of so many characters cannot be nested deeper than is kept. */
const SHORT = 1000;

/**
 * Whether a text is short and spelt as we would spell what was parsed from it. Most are; then so are its members, none of
 * them twice. It says no to some that are.
 */
export const isSpeltPlainly = (parsed: unknown, json: string) =>
  json.length <= SHORT && JSON.stringify(parsed) === json;

/** JSON text that parses but that we do not keep: see the message. */
export class UnkeepableJson extends Error {}

// Below the object itself; SQLite's JSON functions give up at 1,000 levels.
const DEEPEST = 500;
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;

/**
 * The members of a JSON object, each as its own text without insignificant white space.
 * @param json the text of an object; it must already be known to parse
 * @throws UnkeepableJson when a member's name occurs twice or the nesting is deeper than 500 levels
 */
export function memberTexts(json: string): Map<string, string> {
  const members = new Map<string, string>();
  let depth = 0;
  let name: string | undefined;
  let value = '';
  const keep = () => {
    if (name === undefined) return;
    if (members.has(name)) throw new UnkeepableJson(`has the key ${JSON.stringify(name)} twice`);
    members.set(name, value);
    name = undefined;
    value = '';
  };
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === '}' || token === ']') depth -= 1;
    if (depth === 0) {
      keep();
    } else if (depth === 1 && name === undefined) {
      name = JSON.parse(token);
    } else if (depth === 1 && token === ',') {
      keep();
    } else if (depth > 1 || token !== ':') {
      value += token;
    }
    if (token === '{' || token === '[') depth += 1;
    if (depth > DEEPEST + 1) throw new UnkeepableJson(`is nested more than ${DEEPEST} levels deep`);
  }
  return members;
}

/**
 * The text of a JSON object with another value for one of its members, all else as it was spelt.
 * @param json the text of an object; it must already be known to parse
 * @param value the new value as JSON text; nothing changes when there is no such member
 */
export function replaceMember(json: string, name: string, value: string): string {
  const members = parseTree(json)?.children ?? [];
  const old = members.find(({ children }) => children?.[0]?.value === name)?.children?.[1];
  return old ? json.slice(0, old.offset) + value + json.slice(old.offset + old.length) : json;
}
