/** Selects the view of the Services explorer by the address. */
import { Shell } from '../components/shell.tsx';
import { useLocation } from '../lib/location.ts';

export function ServicesPages() {
  const url = useLocation();
  const links = [
    { href: '/', label: 'Tasks', isCurrent: url.pathname === '/' },
    { href: '/docs', label: 'API reference', isCurrent: url.pathname === '/docs' },
  ];
  return (
    <Shell title="Services tasks" links={links}>
      <h1>Tasks</h1>
    </Shell>
  );
}
