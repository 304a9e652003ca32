/** Secrets that the server makes for itself, once for all processes that share the database. */
export interface ServerSecretQueries {
  /** Returns the secret of a name: the stored one, or `fresh`, which is stored from now on. */
  get(name: string, fresh: Buffer): Promise<Buffer>;
}
