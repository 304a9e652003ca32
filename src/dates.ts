const DATE = String.raw`(?<year>\d{4})(?<dash>-?)(?<month>\d\d)\k<dash>(?<day>\d\d)`;
const TIME = String.raw`(?<hours>[01]\d|2[0-3])(?:(?<colon>:?)(?<minutes>[0-5]\d)(?:\k<colon>(?<seconds>[0-5]\d(?:[.,]\d+)?))?)?`;
const ZONE = String.raw`\s?(?:Z|UTC|GMT|(?<sign>[+-])(?<zoneHours>[01]\d|2[0-3])(?::?(?<zoneMinutes>[0-5]\d))?)`;
const DATE_TIME = new RegExp(`^${DATE}(?:[T ]${TIME}(?:${ZONE})?)?$`, 'i');

const MONTH_AND_DAY = ['-', '']
  .map((dash) => `${dash}(0[1-9]|1[0-2])${dash}(0[1-9]|[12]\\d|3[01])`)
  .join('|');
const TIME_OF_DAY = String.raw`([01]\d|2[0-3])(:[0-5]\d(:[0-5]\d([.,]\d+)?)?|[0-5]\d([0-5]\d([.,]\d+)?)?)?`;
const TIME_ZONE = String.raw`\s?([Zz]|[Uu][Tt][Cc]|[Gg][Mm][Tt]|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)`;

/**
 * The forms that `parseDateTime` accepts, as a pattern for JSON Schema: without flags, names and references. It does not
 * know how many days a month has.
 */
export const DATE_TIME_PATTERN = `^\\d{4}(${MONTH_AND_DAY})([Tt ]${TIME_OF_DAY}(${TIME_ZONE})?)?$`;

/** A parsed date or date and time. */
export interface DateTime {
  /** Unix milliseconds; for a date, its start. */
  at: number;
  /** True if the text has no time of day. */
  isDay: boolean;
}

/**
 * Parses an ISO 8601 date (`2026-05-31`, `20260531`) or date and time (`2026-05-31T12:00:00Z`, `20260531T120000+0200`).
 * A space may stand for the `T`. Minutes, seconds and the minutes of the zone are optional, so that the output of
 * PostgreSQL (`2026-05-31 12:00:00.5+00`) is accepted. A time without a zone is UTC.
 * @returns undefined if the text is neither
 */
export function parseDateTime(text: string): DateTime | undefined {
  const groups = DATE_TIME.exec(text)?.groups;
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
  // Date turns 30 February into 1 or 2 March.
  if (date.getUTCDate() !== Number(day)) return undefined;
  if (hours === undefined) return { at: date.getTime(), isDay: true };
  const timeOfDay =
    (Number(hours) * 60 + Number(minutes)) * 60_000 + Number(seconds.replace(',', '.')) * 1000;
  const zoneOffset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  return { at: date.getTime() + timeOfDay + (sign === '-' ? zoneOffset : -zoneOffset), isDay: false };
}
