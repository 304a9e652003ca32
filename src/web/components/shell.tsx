/** The frame of every page: header with navigation, settings, help, and the content. */

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useAnnounced } from '../lib/announce.ts';
import { navigate, useLocation } from '../lib/location.ts';
import { useSettings } from '../lib/settings.ts';
import { useShortcuts } from '../lib/shortcuts.ts';
import { zoneName } from '../lib/time.ts';
import { useKeptFocus } from '../lib/use-kept-focus.ts';
import { Help } from './help.tsx';
import { LiveRegion } from './live-region.tsx';
import { SettingsMenu } from './settings-menu.tsx';

export interface NavigationLink {
  href: string;
  label: string;
  isCurrent: boolean;
}

interface ShellProps {
  title: string;
  links: readonly NavigationLink[];
  /** What the key `/` does, for the help. */
  slashAction: string;
  /** At the end of the header: who is signed in. */
  aside?: ComponentChildren;
  children: ComponentChildren;
}

export function Shell({ title, links, slashAction, aside, children }: ShellProps) {
  const help = useRef<HTMLDialogElement>(null);
  const openHelp = () => help.current?.showModal();
  useShortcuts({ '?': openHelp, 'g l': () => navigate('/'), 'g d': () => navigate('/docs') });
  const content = useFocusOnNewPage();
  useKeptFocus(content);
  return (
    <>
      <a class="skip-link" href="#content">
        Skip to the content
      </a>
      <header class="header">
        <a class="brand" href="/">
          {title}
        </a>
        <nav aria-label="Pages">
          {links.map(({ href, label, isCurrent }) => (
            <a key={href} class="nav-link" href={href} aria-current={isCurrent ? 'page' : undefined}>
              {label}
            </a>
          ))}
        </nav>
        {aside && <div class="aside">{aside}</div>}
        <div class="menu">
          <SettingsMenu />
          <button type="button" onClick={openHelp}>
            Help
          </button>
        </div>
      </header>
      <main id="content" tabIndex={-1} ref={content}>
        {children}
      </main>
      <Footer />
      <Announcer />
      <Help dialog={help} slashAction={slashAction} />
    </>
  );
}

/** Moves the focus to the content when another page is shown, as loading a document does. */
function useFocusOnNewPage() {
  const content = useRef<HTMLElement>(null);
  const { pathname, searchParams } = useLocation();
  const page = `${pathname} ${searchParams.get('view') ?? ''}`;
  const shown = useRef(page);
  useEffect(() => {
    if (page !== shown.current) content.current?.focus({ preventScroll: true });
    shown.current = page;
  }, [page]);
  return content;
}

function Footer() {
  const { zone } = useSettings();
  return (
    <footer class="footer">
      <span>Times are in {zoneName(zone)}.</span>
      <a href="/openapi.json">openapi.json</a>
    </footer>
  );
}

/** What has just happened, such as a copy: said, and shown for a while. */
function Announcer() {
  return <LiveRegion text={useAnnounced()} class="toast" />;
}
