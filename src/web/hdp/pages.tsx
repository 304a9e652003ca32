/** Selects the view of the HDP explorer by the address. */
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

function View({ url }: { url: URL }) {
  const [, task] = /^\/task\/([^/]+)$/.exec(url.pathname) ?? [];
  if (task !== undefined) return <TaskPage key={task} uuid={decodeURIComponent(task)} />;
  return <TaskList query={url.searchParams} />;
}
