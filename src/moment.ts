const MOMENT =
  /^(\d{4}-\d\d-\d\d)(?:[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d(?:\.\d{1,9})?))?(?:Z|([+-])([01]\d|2[0-3]):?([0-5]\d))?)?$/i;

/** A point in time as somebody wrote it: Unix milliseconds, and whether only its day was given. */
export interface Moment {
  at: number;
  isDay: boolean;
}

/**
 * Reads an ISO 8601 date (`2026-05-31`) or date and time (`2026-05-31T12:00:00Z`, with `T` or a space; seconds and their
 * fraction may be missing). What has no time zone is UTC. Undefined when the text is no such time.
 */
export function parseMoment(text: string): Moment | undefined {
  const match = MOMENT.exec(text);
  if (!match) return undefined;
  const [, date = '', hours, minutes = '0', seconds = '0', sign, zoneHours = '0', zoneMinutes = '0'] = match;
  const day = new Date(`${date}T00:00:00Z`);
  // What Date lets roll over, such as 30 February, it puts on another day.
  if (day.getUTCDate() !== Number(date.slice(8))) return undefined;
  if (hours === undefined) return { at: day.getTime(), isDay: true };
  const ofDay = (Number(hours) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000;
  const east = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  return { at: day.getTime() + ofDay + (sign === '-' ? east : -east), isDay: false };
}
