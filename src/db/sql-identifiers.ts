/** Quotes the name of a table or column for SQL. The name must not come from a client. */
export const quoteIdentifier = (name: string) => `"${name.replaceAll('"', '""')}"`;

// SQLite ignores the case of ASCII letters only.
const toLowerAscii = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Returns true if both names mean the same table or column to SQLite. */
export const isSameIdentifier = (one: string, other: string) => toLowerAscii(one) === toLowerAscii(other);

/** Returns the name among `names` that means the same as `wanted`. */
export const findIdentifier = (names: readonly string[], wanted: string) =>
  names.find((name) => isSameIdentifier(name, wanted));
