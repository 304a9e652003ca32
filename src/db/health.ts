/** How long a damaged page that a request met counts, in milliseconds: a health check does not read every page. */
const DAMAGE_MS = 5000;

export interface DatabaseHealth {
  /** @throws what the database throws, or an Error while a request has just found the file damaged */
  probe(): Promise<void>;
  /** Notes that a request found the database file damaged. */
  noteDamage(error: unknown): void;
}

/** @param clock monotonic milliseconds */
export function createDatabaseHealth(probe: () => Promise<void>, clock: () => number): DatabaseHealth {
  let damage: { error: unknown; until: number } | undefined;
  return {
    async probe() {
      await probe();
      // Not the error itself, which would count as found once more.
      if (damage && clock() < damage.until)
        throw new Error('A request found the database damaged.', { cause: damage.error });
    },
    noteDamage(error) {
      damage = { error, until: clock() + DAMAGE_MS };
    },
  };
}
