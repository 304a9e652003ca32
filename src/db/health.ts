/** How long a damaged page that a request met counts, in milliseconds: a health check does not read every page. */
const DAMAGE_MS = 60_000;

export interface DatabaseHealth {
  /** @throws what the database throws, or what the last request met that found the file damaged */
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
      if (damage && clock() < damage.until) throw damage.error;
    },
    noteDamage(error) {
      damage = { error, until: clock() + DAMAGE_MS };
    },
  };
}
