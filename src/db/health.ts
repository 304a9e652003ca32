/** How long the health check fails after a request found damage. A health check does not read every page. */
const DAMAGE_REPORT_MS = 5000;

export interface DatabaseHealth {
  /** @throws the error of the database, or an Error if a request has recently found damage */
  probe(): Promise<void>;
  /** Records that a request has found the database file damaged. */
  recordDamage(error: unknown): void;
}

/** Creates the health check of a database. @param clock returns monotonic milliseconds */
export function createDatabaseHealth(probe: () => Promise<void>, clock: () => number): DatabaseHealth {
  let damage: { error: unknown; until: number } | undefined;
  return {
    async probe() {
      await probe();
      // The error itself would be recorded as new damage.
      if (damage && clock() < damage.until)
        throw new Error('A request found the database damaged.', { cause: damage.error });
    },
    recordDamage(error) {
      damage = { error, until: clock() + DAMAGE_REPORT_MS };
    },
  };
}
