/** A name as SQL; no client's word is ever written so. */
export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

// SQLite ignores the case of ASCII letters alone.
const lowered = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

/** True if SQLite takes both names for the same table or column. */
export const isSameName = (one: string, other: string) => lowered(one) === lowered(other);

/** Returns the one of `names` that is `wanted`, as it is written there. */
export const findName = (names: readonly string[], wanted: string) =>
  names.find((name) => isSameName(name, wanted));
