/** Selects the view of the HDP explorer by the address. */
import { LazyView } from '../components/lazy-view.tsx';
import { Shell } from '../components/shell.tsx';
import { useLocation } from '../lib/location.ts';
import { TaskList } from './task-list.tsx';
import { TaskPage } from './task-page.tsx';

export function HdpPages() {
  const url = useLocation();
  const links = [
    { href: '/', label: 'Tasks', isCurrent: url.pathname === '/' },
    { href: '/docs', label: 'API reference', isCurrent: url.pathname === '/docs' },
  ];
  return (
    <Shell title="HDP tasks" links={links}>
      <View url={url} />
    </Shell>
  );
}

const loadReference = () => import('../reference/reference.tsx').then(({ Reference }) => Reference);

function View({ url }: { url: URL }) {
  const [, task] = /^\/task\/([^/]+)$/.exec(url.pathname) ?? [];
  if (task !== undefined) return <TaskPage key={task} uuid={decodeURIComponent(task)} />;
  if (url.pathname === '/docs') return <LazyView load={loadReference} name="the API reference" />;
  return <TaskList query={url.searchParams} />;
}
