const DATE = String.raw`(?<year>\d{4})(?<dash>-?)(?<month>\d\d)\k<dash>(?<day>\d\d)`;
const TIME = String.raw`(?<hours>[01]\d|2[0-3])(?:(?<colon>:?)(?<minutes>[0-5]\d)(?:\k<colon>(?<seconds>[0-5]\d(?:[.,]\d+)?))?)?`;
const ZONE = String.raw`\s?(?:Z|UTC|GMT|(?<sign>[+-])(?<zoneHours>[01]\d|2[0-3])(?::?(?<zoneMinutes>[0-5]\d))?)`;
const MOMENT = new RegExp(`^${DATE}(?:[T ]${TIME}(?:${ZONE})?)?$`, 'i');

/** A point in time as somebody wrote it: Unix milliseconds, and whether only its day was given. */
export interface Moment {
  at: number;
  isDay: boolean;
}

/**
 * Reads an ISO 8601 date (`2026-05-31`, `20260531`) or date and time (`2026-05-31T12:00:00Z`, `20260531T120000+0200`), with `T`
 * or a space. Minutes, seconds and the minutes of the zone may be missing, as in `2026-05-31 12:00:00.5+00`, which PostgreSQL
 * prints. A time without a zone is UTC. Returns undefined when the text is neither.
 */
export function parseMoment(text: string): Moment | undefined {
  const groups = MOMENT.exec(text)?.groups;
  if (!groups) return undefined;
  const {
    year,
    month,
    day,
    hours,
    minutes = '0',
    seconds = '0',
    sign,
    zoneHours = '0',
    zoneMinutes = '0',
  } = groups;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  // What Date lets roll over, such as 30 February, it puts on another day.
  if (date.getUTCDate() !== Number(day)) return undefined;
  if (hours === undefined) return { at: date.getTime(), isDay: true };
  const ofDay = (Number(hours) * 60 + Number(minutes)) * 60_000 + Number(seconds.replace(',', '.')) * 1000;
  const east = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  return { at: date.getTime() + ofDay + (sign === '-' ? east : -east), isDay: false };
}
