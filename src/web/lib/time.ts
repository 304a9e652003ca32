/** Times of both APIs, in the zone that the reader has chosen: one setting for all times of a page. */

export type Zone = 'local' | 'UTC';

const pad = (value: number, length = 2) => String(value).padStart(length, '0');

/** Returns a time with seconds, such as `2026-05-26 14:00:00`, or the text itself if it is no time. */
export function formatTime(text: string, zone: Zone): string {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return text;
  if (zone === 'UTC') return date.toISOString().slice(0, 19).replace('T', ' ');
  const day = `${pad(date.getFullYear(), 4)}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** Returns the name of a zone, such as `Europe/Paris (UTC+02:00)`. */
export function zoneName(zone: Zone, at = new Date()): string {
  if (zone === 'UTC') return 'UTC';
  const offset = -at.getTimezoneOffset();
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return `${name} (UTC${offset < 0 ? '-' : '+'}${pad(hours)}:${pad(minutes)})`;
}

const UNITS: readonly (readonly [unit: string, seconds: number])[] = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
];

/** Returns a duration in its two largest units, such as `2 h 5 min`. @param milliseconds 0 or more */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  let rest = Math.floor(milliseconds / 1000);
  const parts: string[] = [];
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(rest / seconds);
    rest %= seconds;
    if (count > 0) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break;
  }
  return parts.slice(0, 2).join(' ');
}

/** Returns how long ago a time was, such as `5 min ago`. */
export function formatAge(time: number, now: number): string {
  const age = now - time;
  if (age < 1000) return 'now';
  const [largest = ''] = formatDuration(age).match(/^\d+ \w+/) ?? [];
  return `${largest} ago`;
}
