const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const TIME = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)';

/** The three forms that a recipient must accept: IMF-fixdate, RFC 850 and asctime. */
const FORMS = [
  new RegExp(`^[A-Z][a-z]{2}, (?<day>\\d\\d) (?<month>[A-Z][a-z]{2}) (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^[A-Z][a-z]{5,8}, (?<day>\\d\\d)-(?<month>[A-Z][a-z]{2})-(?<year>\\d\\d) ${TIME} GMT$`),
  new RegExp(`^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`),
];

/**
 * Parses an HTTP-date (RFC 9110, 5.6.7).
 * @returns Unix seconds, or undefined if the text is no HTTP-date; `Date.parse` accepts many other texts
 */
export function parseHttpDate(text: string): number | undefined {
  for (const form of FORMS) {
    const { day, month = '', year = '', hour, minute, second } = form.exec(text)?.groups ?? {};
    const monthIndex = MONTHS.indexOf(month);
    if (monthIndex === -1) continue;
    const fields = [monthIndex, Number(day), Number(hour), Number(minute), Number(second)] as const;
    const date = new Date(Date.UTC(fullYear(year), ...fields));
    // Date.UTC moves 31 Feb on to 3 Mar, and 24:00:00 to the next day.
    const isReal =
      date.getUTCMonth() === monthIndex &&
      date.getUTCDate() === Number(day) &&
      date.getUTCHours() === Number(hour) &&
      date.getUTCMinutes() === Number(minute);
    return isReal ? date.getTime() / 1000 : undefined;
  }
  return undefined;
}

/** A two-digit year is of this century, unless that is more than 50 years ahead (RFC 9110, 5.6.7). */
function fullYear(year: string): number {
  if (year.length === 4) return Number(year);
  const recent = 2000 + Number(year);
  return recent > new Date().getUTCFullYear() + 50 ? recent - 100 : recent;
}
