/**
 * Times on the wire are UTC with `Z`; inside they are integers since the Unix epoch: whole seconds for the
 * Services API (contract A3), microseconds for the HDP API (contract B2).
 */

/** An hour and a day, in milliseconds. */
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

const DAY = DAY_MS / 1000;
/** Dates that are remembered. */
const MOST_DATES = 1000;
const SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const MICROS = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{3}|\d{6}))?Z$/;

/** Unix seconds as `YYYY-MM-DDTHH:MM:SSZ`. */
export const formatSeconds = (seconds: number) => `${formatWhole(seconds)}Z`;

/** The Unix seconds of `YYYY-MM-DDTHH:MM:SSZ`, or undefined when the text is not a real time of that form. */
export function parseSeconds(text: string): number | undefined {
  if (!SECONDS.test(text)) return undefined;
  const day = parseDay(text.slice(0, 10));
  const hour = Number(text.slice(11, 13));
  const minute = Number(text.slice(14, 16));
  const second = Number(text.slice(17, 19));
  if (day === undefined || hour > 23 || minute > 59 || second > 59) return undefined;
  return day * DAY + hour * 3600 + minute * 60 + second;
}

const days = new Map<string, number>();

/** The days since the Unix epoch of `YYYY-MM-DD`, remembered: an import has many times, of few days. */
function parseDay(text: string): number | undefined {
  const known = days.get(text);
  if (known !== undefined) return known;
  const date = new Date(text);
  // What Date lets roll over, such as 30 February, it puts on another day.
  if (date.getUTCDate() !== Number(text.slice(8, 10))) return undefined;
  if (days.size >= MOST_DATES) days.clear();
  const day = date.getTime() / DAY_MS;
  days.set(text, day);
  return day;
}

/** Unix microseconds as `YYYY-MM-DDTHH:MM:SS[.mmm|.uuuuuu]Z`: no fraction when it is zero, else 3 or 6 digits. */
export function formatMicros(micros: number): string {
  const seconds = Math.floor(micros / 1e6);
  const fraction = micros - seconds * 1e6;
  const whole = formatWhole(seconds);
  if (fraction === 0) return `${whole}Z`;
  const digits = String(fraction).padStart(6, '0');
  return `${whole}.${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`;
}

/**
 * The Unix microseconds of a time with no, 3 or 6 fraction digits, or undefined when the text is not a real time
 * of that form or lies beyond what an exact integer holds (the year 2255).
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
const dates = new Map<number, string>();

// A page has hundreds of times, of few days, and Date takes longer for one than the rest of its task does.
function formatWhole(seconds: number): string {
  const day = Math.floor(seconds / DAY);
  let date = dates.get(day);
  if (date === undefined) {
    if (dates.size >= MOST_DATES) dates.clear();
    date = new Date(day * DAY * 1000).toISOString().slice(0, 10);
    dates.set(day, date);
  }
  const second = seconds - day * DAY;
  const minute = Math.floor(second / 60);
  return `${date}T${TWO_DIGITS[Math.floor(minute / 60)]}:${TWO_DIGITS[minute % 60]}:${TWO_DIGITS[second % 60]}`;
}

const INSTANT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d(?:\.\d+)?)?(?:Z|[+-](\d\d):(\d\d))$/;

/**
 * The Unix milliseconds of an ISO 8601 date-time with `Z` or an offset of less than 15 hours (which is as far as the
 * database reads them), or undefined when the text is none.
 */
export function parseInstant(text: string): number | undefined {
  const [match, minute, second = ':00', hours = '00', minutes = '00'] = INSTANT.exec(text) ?? [];
  if (match === undefined || Number(hours) > 14 || Number(minutes) > 59) return undefined;
  return parseSeconds(`${minute}${second.slice(0, 3)}Z`) === undefined ? undefined : Date.parse(text);
}
