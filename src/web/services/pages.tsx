/** Selects the view of the Services explorer by the address. */
import { LazyView } from '../components/lazy-view.tsx';
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
      <View url={url} />
    </Shell>
  );
}

const loadReference = () => import('../reference/reference.tsx').then(({ Reference }) => Reference);

function View({ url }: { url: URL }) {
  if (url.pathname === '/docs') return <LazyView load={loadReference} name="the API reference" />;
  return <h1>Tasks</h1>;
}
