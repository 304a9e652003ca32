import { useState } from 'preact/hooks';

interface ArrivalsProps {
  total: number;
  /** True if this page shows the end of the list. */
  isLast: boolean;
  lastHref: string;
}

/** Says once how many tasks have come since the page was opened, with the way to them if they are on another page. */
export function Arrivals({ total, isLast, lastHref }: ArrivalsProps) {
  const [opened] = useState(total);
  const arrived = total - opened;
  const words =
    arrived > 0 ? `${arrived} new ${arrived === 1 ? 'task' : 'tasks'} at the end of the list.` : '';
  return (
    <p class="arrivals">
      <span role="status">{words}</span>{' '}
      {words !== '' && !isLast && <a href={lastHref}>Show the last page</a>}
    </p>
  );
}
