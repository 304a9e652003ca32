/** Tells whether a cached response is still current, from version numbers of the data that it was built from. */
import type { Scope } from '../../db/store.ts';

export interface DataVersions {
  /** Changes with every commit of any process. Cheap to read. @throws the errors of the database */
  dataVersion(): number;
  /** Changes with every commit that changes data in one of the scopes. @throws the errors of the database */
  scopeVersion(scopes: readonly Scope[]): number;
}

/** The versions of the data that a response was built from. */
export interface BuiltFrom {
  scopes: readonly Scope[];
  /** The latest data version at which the response was current. */
  dataVersion: number;
  scopeVersion: number;
}

/**
 * Reads the data version before a response is built.
 * @returns a function that reads the scope version after the response has been built
 */
export function startReading({ dataVersion, scopeVersion }: DataVersions) {
  const before = dataVersion();
  return (scopes: readonly Scope[]): BuiltFrom => {
    // Must be read before the data version: if that is unchanged, the scope version did not change during the build.
    const version = scopeVersion(scopes);
    return { scopes, dataVersion: before, scopeVersion: dataVersion() === before ? version : Number.NaN };
  };
}

/** Returns true if the data is unchanged since the response was built. Reads the scope version only if necessary. */
export function isUnchanged(builtFrom: BuiltFrom, { dataVersion, scopeVersion }: DataVersions): boolean {
  const current = dataVersion();
  if (builtFrom.dataVersion === current) return true;
  if (builtFrom.scopeVersion !== scopeVersion(builtFrom.scopes)) return false;
  builtFrom.dataVersion = current;
  return true;
}
