/** Checks of JSON values: whether a response has the members that the pages read. Further members are allowed. */

export type Check = (value: unknown) => boolean;

export const isText: Check = (value) => typeof value === 'string';
export const isFlag: Check = (value) => typeof value === 'boolean';
export const isNumber: Check = (value) => typeof value === 'number';
export const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
export const isObject: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns a check that accepts null, too. */
export const nullOr =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

/** Returns a check that accepts a missing member, too. */
export const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

/** Returns a check of an array and each of its elements. */
export const arrayOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

/** Returns a check of an object and of the values of these members. */
export const objectOf =
  <Data>(members: { readonly [Name in keyof Data]?: Check }): Check =>
  (value) => {
    if (!isObject(value)) return false;
    const found = new Map(Object.entries(Object(value)));
    return Object.entries<Check | undefined>(members).every(([name, check]) => check?.(found.get(name)));
  };

/**
 * Creates the parser of a response.
 * @param parseText default: `JSON.parse`
 * @returns a function that throws an error if the text is not JSON or has another shape
 */
export function createParser<Data>(
  check: Check,
  parseText: (text: string) => unknown = JSON.parse,
): (text: string) => Data {
  return (text) => {
    const value = parseText(text);
    if (!check(value)) throw new TypeError('The response has another shape.');
    // The server's types are those of its router.
    return value as Data;
  };
}
