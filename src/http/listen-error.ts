/** The server cannot listen. The message is a sentence for the operator. */
export class ListenError extends Error {
  /** @param prefix of the variables HOST and PORT that the operator can change */
  constructor(host: string, port: number, cause: unknown, prefix = '') {
    const failure = listenFailure(cause, host, port).replace(/\b(HOST|PORT)\b/g, `${prefix}$1`);
    super(`Cannot listen on ${authority(host, port)}: ${failure}.`, { cause });
  }
}

/** Returns the reason as the end of a sentence. It names the variable to change. */
function listenFailure(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return REASONS[code]?.(host, port) ?? code;
}

const REASONS: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: () => 'that port is in use',
  EACCES: (_, port) =>
    `this user may not use port ${port}; set PORT to one of 1024 or more, or allow it to use lower ports`,
  EADDRNOTAVAIL: (host) => `HOST is ${host}, which is no address of this machine; ${REMEDY}`,
  // For example a link-local IPv6 address without its interface.
  EINVAL: (host) => `HOST is ${host}, which is no address to listen on; ${REMEDY}`,
  EAFNOSUPPORT: (host) => `HOST is ${host}, and this machine does not support such addresses; ${REMEDY}`,
  ENOTFOUND: unknownName,
  EAI_AGAIN: unknownName,
};

const REMEDY = 'set HOST to one, to 127.0.0.1 (this machine alone) or to 0.0.0.0 (every address)';

/** Some shells, and conda, set HOST to a name that has no address. */
function unknownName(host: string): string {
  return `HOST is "${host}", a name without an address; set HOST to 127.0.0.1 (this machine alone) or to 0.0.0.0 (every address)`;
}

/** Returns an address and a port in URL syntax. */
export const authority = (address: string, port: number) =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
