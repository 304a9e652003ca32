/** Returns the first line of an error's message, without the full stop at its end. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\n.*$/s, '').replace(/\.$/, '');

/** Returns the reason that the system gives, without the call and the path that Node.js adds: `no such file or directory`. */
export const reasonOf = (error: unknown): string => messageOf(error).replace(/^[A-Z]+: ([^,]+), .*$/s, '$1');
