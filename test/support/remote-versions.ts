import type { Pool } from '../../src/db/postgres/connection.ts';
import { createVersions } from '../../src/db/postgres/versions.ts';
import type { Scope } from '../../src/db/store.ts';

/** What a round trip reads. */
export interface RemoteData {
  database?: string;
  snapshot: string;
  versionOf(scope: Scope): number;
}

/** A round trip that waits for the test. It has read the data when it began. */
export interface RoundTrip {
  scopes: Scope[];
  /** True if the versions of these scopes were read. */
  hasVersions: boolean;
  end(): void;
  fail(error: Error): void;
}

/** Creates the versions of a PostgreSQL database whose round trips end when the test says so, while `isHeld` is true. */
export function createRemoteVersions(read: () => RemoteData) {
  const roundTrips: RoundTrip[] = [];
  const control = { isHeld: false };

  function all(_: unknown, { asked, known }: { asked: string; known: string | null }): Promise<unknown[]> {
    const { database = 'a', snapshot, versionOf } = read();
    const scopes = JSON.parse(asked).map(({ scope }: { scope: Scope }) => scope);
    const hasVersions = snapshot !== known;
    const rows = scopes.map((scope: Scope) => ({
      ...{ database, snapshot, scope },
      version: hasVersions ? versionOf(scope) : null,
    }));
    return new Promise((resolve, reject) => {
      roundTrips.push({ scopes, hasVersions, end: () => resolve(rows), fail: reject });
      if (!control.isHeld) setImmediate(resolve, rows);
    });
  }

  // The cast is safe: createVersions runs one statement, by this method.
  return { ...createVersions({ all } as unknown as Pool), roundTrips, control };
}

export type RemoteVersions = ReturnType<typeof createRemoteVersions>;
