import { useState } from 'preact/hooks';

interface ArrivalsProps {
  total: number;
  /** True if this page shows the end of the list. */
  isLast: boolean;
  lastHref: string;
}

/** Tells how many tasks have come since the page was opened, with the way to them if they are on another page. */
export function Arrivals({ total, isLast, lastHref }: ArrivalsProps) {
  const [opened] = useState(total);
  const arrived = total - opened;
  if (arrived <= 0) return null;
  return (
    <p class="arrivals">
      {arrived} new {arrived === 1 ? 'task' : 'tasks'} at the end of the list.{' '}
      {!isLast && <a href={lastHref}>Show the last page</a>}
    </p>
  );
}
