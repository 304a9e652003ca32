import { useEffect, useState } from 'preact/hooks';
import { useSettings } from '../lib/settings.ts';
import { formatAge, formatTime } from '../lib/time.ts';

/** The current time in Unix milliseconds, which goes on. */
function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** A time with seconds, in the chosen zone; the other zone on hover. */
export function Time({ value }: { value: string }) {
  const { zone } = useSettings();
  const other = zone === 'UTC' ? 'local' : 'UTC';
  return (
    <time dateTime={value} title={`${other === 'UTC' ? 'UTC' : 'Local'}: ${formatTime(value, other)}`}>
      {formatTime(value, zone)}
    </time>
  );
}

/** How long ago a time was. @param time Unix milliseconds */
export function Age({ time }: { time: number }) {
  return <span class="age">{formatAge(time, useNow())}</span>;
}
