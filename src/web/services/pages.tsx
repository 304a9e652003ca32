/** Selects the view of the Services explorer by the address. All but the API reference need a session. */
import { useRef } from 'preact/hooks';
import type { ServicesSession } from '../api-types.ts';
import { Shell } from '../components/shell.tsx';
import { useLocation } from '../lib/location.ts';
import { SessionHeaders } from '../lib/session-headers.ts';
import { LazyReference } from '../reference/lazy-reference.tsx';
import { Account } from './account.tsx';
import { CreateExport } from './create-export.tsx';
import { sessionHeaders, useSession } from './session.ts';
import { SignInPage } from './sign-in.tsx';
import { TaskList } from './task-list.tsx';
import { TaskPage } from './task-page.tsx';
import type { ExportForm } from './use-export-form.ts';

export function ServicesPages() {
  const url = useLocation();
  const state = useSession();
  const view = viewOf(url);
  const links = [
    { href: '/', label: 'Tasks', isCurrent: view === 'list' },
    { href: '/?view=create', label: 'New export', isCurrent: view === 'create' },
    { href: '/docs', label: 'API reference', isCurrent: view === 'docs' },
  ];
  const frame = { title: 'Services tasks', links, slashAction: 'Go to the first filter' };
  if (state.kind === 'signed-out')
    return <Shell {...frame}>{view === 'docs' ? <LazyReference /> : <SignInPage />}</Shell>;
  const { session, isEnded, generation } = state;
  return (
    <Shell {...frame} aside={<Account key={generation} session={session} isEnded={isEnded} />}>
      <SessionHeaders.Provider value={sessionHeaders()}>
        <View key={generation} url={url} session={session} />
      </SessionHeaders.Provider>
    </Shell>
  );
}

function View({ url, session }: { url: URL; session: ServicesSession }) {
  const form = useRef<ExportForm | undefined>(undefined);
  const [, task] = /^\/task\/([^/]+)$/.exec(url.pathname) ?? [];
  if (task !== undefined) return <TaskPage key={task} id={task} query={url.searchParams} session={session} />;
  if (viewOf(url) === 'docs') return <LazyReference />;
  if (viewOf(url) === 'create') return <CreateExport session={session} keeper={form} />;
  return <TaskList query={url.searchParams} session={session} />;
}

function viewOf({ pathname, searchParams }: URL): 'list' | 'task' | 'create' | 'docs' {
  if (pathname.startsWith('/task/')) return 'task';
  if (pathname === '/docs') return 'docs';
  return searchParams.get('view') === 'create' ? 'create' : 'list';
}
