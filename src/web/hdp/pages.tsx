/** Selects the view of the HDP explorer by the address. */
import { Shell } from '../components/shell.tsx';
import { useLocation } from '../lib/location.ts';
import { LazyReference } from '../reference/lazy-reference.tsx';
import { CreatePage } from './create-page.tsx';
import { FiguresPage } from './figures-page.tsx';
import { TaskList } from './task-list.tsx';
import { TaskPage } from './task-page.tsx';

/** Values of `view`. Another one is the list. */
const OTHER_VIEWS: readonly string[] = ['create', 'figures'];

export function HdpPages() {
  const url = useLocation();
  const view = url.pathname === '/' ? (url.searchParams.get('view') ?? 'list') : url.pathname;
  const links = [
    { href: '/', label: 'Tasks', isCurrent: url.pathname === '/' && !OTHER_VIEWS.includes(view) },
    { href: '/?view=create', label: 'Create', isCurrent: view === 'create' },
    { href: '/?view=figures', label: 'Figures', isCurrent: view === 'figures' },
    { href: '/docs', label: 'API reference', isCurrent: view === '/docs' },
  ];
  return (
    <Shell title="HDP tasks" links={links} slashAction="Go to the search field">
      <View url={url} view={view} />
    </Shell>
  );
}

function View({ url, view }: { url: URL; view: string }) {
  const [, task] = /^\/task\/([^/]+)$/.exec(url.pathname) ?? [];
  if (task !== undefined) return <TaskPage key={task} id={decoded(task)} />;
  if (view === '/docs') return <LazyReference />;
  if (view === 'figures') return <FiguresPage query={url.searchParams} />;
  if (view === 'create') return <CreatePage />;
  return <TaskList query={url.searchParams} />;
}

/** Decodes a part of a path, or returns it as it is if its escapes are not valid. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
