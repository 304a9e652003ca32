import { useSettings } from '../lib/settings.ts';
import { formatAge, formatTime, zoneName } from '../lib/time.ts';
import { useNow } from '../lib/use-now.ts';

/** A time with seconds, in the chosen zone; the other zone on hover. */
export function Time({ value }: { value: string }) {
  const { zone } = useSettings();
  const other = zone === 'UTC' ? 'local' : 'UTC';
  return (
    <time dateTime={value} title={`${formatTime(value, other)} ${zoneName(other, new Date(value))}`}>
      {formatTime(value, zone)}
    </time>
  );
}

/** How long ago a time was. @param time Unix milliseconds */
export function Age({ time }: { time: number }) {
  return <span class="age">{formatAge(time, useNow())}</span>;
}

/** How long a time is ahead. @param time Unix milliseconds */
export function Countdown({ time }: { time: number }) {
  return <span class="age">{Math.max(0, Math.ceil((time - useNow()) / 1000))} s</span>;
}
