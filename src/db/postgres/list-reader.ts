/** Chooses where lists and searches are read: on a replica, if one has all the data, else on the primary. */
import type { Scope } from '../model/scopes.ts';
import type { Pool } from './connection.ts';
import type { Replicas } from './replicas.ts';
import type { Read, Reader } from './transactions.ts';
import type { Versions } from './versions.ts';

/** Runs `work`, which must only read data of these scopes. */
export type ReadList = <T>(scopes: readonly Scope[], work: (reader: Reader) => Promise<T>) => Promise<T>;

export interface ListReaderDependencies {
  pool: Pool;
  read: Read;
  versions: Versions;
  /** Undefined if there are none. */
  replicas: Replicas | undefined;
}

export function createListReader({ pool, read, versions, replicas }: ListReaderDependencies): ReadList {
  const primary = { connection: pool, read };
  if (!replicas) return (_, work) => work(primary);
  return async (scopes, work) => {
    // A command that reads one snapshot reads it on the primary.
    if (pool.pinned()) return work(primary);
    await versions.confirm(scopes);
    const needs = versions.replicaNeeds(scopes);
    const answer = needs && (await replicas.read(needs, work));
    return answer ? answer.result : work(primary);
  };
}
