/** Tells whether a cached response is still current, from version numbers of the data that it was built from. */
import type { Scope } from '../../db/store.ts';

export interface DataVersions {
  /** Changes with every commit of any process. Cheap to read. @throws the errors of the database */
  dataVersion(): number;
  /**
   * Changes with every commit that changes data in one of the scopes. NaN if the version is unknown at this data version.
   * @throws the errors of the database
   */
  scopeVersion(scopes: readonly Scope[]): number;
  /**
   * Only for a database that is reached by a round trip: the functions above then return what the last round trip has read.
   * Resolves when a round trip that began after the call has read the data version and the versions of these scopes. Rejects
   * if the database cannot be reached.
   */
  confirm?(scopes: readonly Scope[]): Promise<void>;
}

/** The versions of the data that a response was built from. */
export interface BuiltFrom {
  scopes: readonly Scope[];
  /** The latest data version at which the response was current. */
  dataVersion: number;
  /** Never newer than the data of the response. NaN if unknown. */
  scopeVersion: number;
}

/**
 * Reads the data version before a response is built.
 * @param previous the versions of the last response of the same request
 * @returns a function that returns the versions after the response has been built
 */
export function startReading(
  versions: DataVersions,
  previous: BuiltFrom | undefined,
): (scopes: readonly Scope[]) => BuiltFrom {
  if (versions.confirm) return startReadingRemote(versions, previous?.scopes);
  const { dataVersion, scopeVersion } = versions;
  const before = dataVersion();
  return (scopes) => {
    // Must be read before the data version: if that is unchanged, the scope version did not change during the build.
    const version = scopeVersion(scopes);
    return { scopes, dataVersion: before, scopeVersion: dataVersion() === before ? version : Number.NaN };
  };
}

/**
 * Under constant writes, the data version changes during every build. So the scope version is taken before the build, which
 * is possible if the scopes are known. Otherwise `isUnchanged` adds it.
 */
function startReadingRemote(
  { dataVersion, scopeVersion }: DataVersions,
  expected: readonly Scope[] | undefined,
): (scopes: readonly Scope[]) => BuiltFrom {
  const before = dataVersion();
  const version = expected ? scopeVersion(expected) : Number.NaN;
  return (scopes) => ({
    ...{ scopes, dataVersion: before },
    scopeVersion: expected && isSame(scopes, expected) ? version : Number.NaN,
  });
}

const isSame = (a: readonly Scope[], b: readonly Scope[]) =>
  a.length === b.length && a.every((scope, i) => scope === b[i]);

/** Returns true if the data is unchanged since the response was built. Reads the scope version only if necessary. */
export function isUnchanged(builtFrom: BuiltFrom, { dataVersion, scopeVersion }: DataVersions): boolean {
  const current = dataVersion();
  if (builtFrom.dataVersion === current) {
    // The data is the same as before the build, so the scope version is, too.
    if (Number.isNaN(builtFrom.scopeVersion)) builtFrom.scopeVersion = scopeVersion(builtFrom.scopes);
    return true;
  }
  if (builtFrom.scopeVersion !== scopeVersion(builtFrom.scopes)) return false;
  builtFrom.dataVersion = current;
  return true;
}
