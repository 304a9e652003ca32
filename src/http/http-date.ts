const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const TIME = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)';

/** The three formats that a recipient must accept: IMF-fixdate, RFC 850 and asctime. */
const FORMATS = [
  new RegExp(`^[A-Z][a-z]{2}, (?<day>\\d\\d) (?<month>[A-Z][a-z]{2}) (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^[A-Z][a-z]{5,8}, (?<day>\\d\\d)-(?<month>[A-Z][a-z]{2})-(?<year>\\d\\d) ${TIME} GMT$`),
  new RegExp(`^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`),
];

/**
 * Parses an HTTP-date (RFC 9110, 5.6.7).
 * @returns Unix seconds, or undefined if the text is not an HTTP-date
 */
export function parseHttpDate(text: string): number | undefined {
  for (const format of FORMATS) {
    const { day, month = '', year = '', hour, minute, second } = format.exec(text)?.groups ?? {};
    const monthIndex = MONTHS.indexOf(month);
    if (monthIndex === -1) continue;
    const fields = [monthIndex, Number(day), Number(hour), Number(minute), Number(second)] as const;
    const date = new Date(Date.UTC(fullYear(year), ...fields));
    // Date.UTC accepts 31 Feb as 3 Mar, and 24:00:00 as the next day.
    const isReal =
      date.getUTCMonth() === monthIndex &&
      date.getUTCDate() === Number(day) &&
      date.getUTCHours() === Number(hour) &&
      date.getUTCMinutes() === Number(minute);
    return isReal ? date.getTime() / 1000 : undefined;
  }
  return undefined;
}

/** Returns the full year. A two-digit year more than 50 years in the future is in the past (RFC 9110, 5.6.7). */
function fullYear(year: string): number {
  if (year.length === 4) return Number(year);
  const recent = 2000 + Number(year);
  return recent > new Date().getUTCFullYear() + 50 ? recent - 100 : recent;
}
