/**
 * Times of both APIs. On the wire they are UTC with `Z`. In the code they are integers since the Unix epoch: seconds for
 * the Services API (contract A3), microseconds for the HDP API (contract B2).
 */

/** An hour and a day, in milliseconds. */
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

const DAY_SECONDS = DAY_MS / 1000;
/** The size of each cache of dates. */
const MAX_CACHED_DATES = 1000;
const SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const MICROS = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{3}|\d{6}))?Z$/;

/** Formats Unix seconds as `YYYY-MM-DDTHH:MM:SSZ`. */
export const formatSeconds = (seconds: number) => `${formatWhole(seconds)}Z`;

/** Parses `YYYY-MM-DDTHH:MM:SSZ`. @returns Unix seconds, or undefined if the text is not a valid time of that form */
export function parseSeconds(text: string): number | undefined {
  if (!SECONDS.test(text)) return undefined;
  const day = parseDay(text.slice(0, 10));
  const hour = Number(text.slice(11, 13));
  const minute = Number(text.slice(14, 16));
  const second = Number(text.slice(17, 19));
  if (day === undefined || hour > 23 || minute > 59 || second > 59) return undefined;
  return day * DAY_SECONDS + hour * 3600 + minute * 60 + second;
}

/** Days since the Unix epoch, by date. An import has many times of few dates. */
const days = new Map<string, number>();

/** Parses `YYYY-MM-DD`. @returns days since the Unix epoch, or undefined if there is no such date */
function parseDay(text: string): number | undefined {
  const cached = days.get(text);
  if (cached !== undefined) return cached;
  const date = new Date(text);
  // Date turns 30 February into 1 or 2 March.
  if (date.getUTCDate() !== Number(text.slice(8, 10))) return undefined;
  if (days.size >= MAX_CACHED_DATES) days.clear();
  const day = date.getTime() / DAY_MS;
  days.set(text, day);
  return day;
}

/** Formats Unix microseconds as `YYYY-MM-DDTHH:MM:SSZ`, with 3 or 6 fraction digits if the fraction is not zero. */
export function formatMicros(micros: number): string {
  const seconds = Math.floor(micros / 1e6);
  const fraction = micros - seconds * 1e6;
  const whole = formatWhole(seconds);
  if (fraction === 0) return `${whole}Z`;
  const digits = String(fraction).padStart(6, '0');
  return `${whole}.${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`;
}

/**
 * Parses a time of the HDP API, with 0, 3 or 6 fraction digits.
 * @returns Unix microseconds, or undefined if the text is not a valid time of that form, or is too late for an exact
 *   integer (in the year 2255)
 */
export function parseMicros(text: string): number | undefined {
  const match = MICROS.exec(text);
  if (!match) return undefined;
  const seconds = parseSeconds(`${match[1]}Z`);
  if (seconds === undefined) return undefined;
  const micros = seconds * 1e6 + Number((match[2] ?? '0').padEnd(6, '0'));
  return Number.isSafeInteger(micros) ? micros : undefined;
}

const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));
/** Dates as `YYYY-MM-DD`, by days since the Unix epoch. */
const dates = new Map<number, string>();

// `Date` is slow: without the cache it would take longer than the rest of the task. A page has hundreds of times.
function formatWhole(seconds: number): string {
  const day = Math.floor(seconds / DAY_SECONDS);
  let date = dates.get(day);
  if (date === undefined) {
    if (dates.size >= MAX_CACHED_DATES) dates.clear();
    date = new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, 10);
    dates.set(day, date);
  }
  const second = seconds - day * DAY_SECONDS;
  const minute = Math.floor(second / 60);
  return `${date}T${TWO_DIGITS[Math.floor(minute / 60)]}:${TWO_DIGITS[minute % 60]}:${TWO_DIGITS[second % 60]}`;
}

const INSTANT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d(?:\.\d+)?)?(?:Z|[+-](\d\d):(\d\d))$/;

/** The forms that `parseInstant` accepts, as a pattern for JSON Schema. It does not know how many days a month has. */
export const INSTANT_PATTERN =
  '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-](0\\d|1[0-4]):[0-5]\\d)$';

/**
 * Parses an ISO 8601 date and time with `Z` or an offset. The offset must be below 15 hours, the limit of SQLite.
 * @returns Unix milliseconds, or undefined if the text is not such a time
 */
export function parseInstant(text: string): number | undefined {
  const [match, minute, second = ':00', hours = '00', minutes = '00'] = INSTANT.exec(text) ?? [];
  if (match === undefined || Number(hours) > 14 || Number(minutes) > 59) return undefined;
  return parseSeconds(`${minute}${second.slice(0, 3)}Z`) === undefined ? undefined : Date.parse(text);
}

/** Converts Unix milliseconds to whole Unix seconds. */
export const toUnixSeconds = (milliseconds: number) => Math.floor(milliseconds / 1000);
