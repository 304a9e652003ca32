/** The address of the page. It holds the whole state of a view, so that a link shows a colleague the same. */
import { useEffect, useState } from 'preact/hooks';
import { followPlace, leavePlace } from './place.ts';

const listeners = new Set<() => void>();

const notify = () => {
  for (const listener of listeners) listener();
};

/** Shows another address. @param replace true: adds no entry to the history */
export function navigate(href: string, { replace = false } = {}): void {
  if (replace) {
    history.replaceState(null, '', href);
  } else {
    leavePlace();
    history.pushState(null, '', href);
  }
  notify();
}

/** Returns the current address, and renders again when it changes. */
export function useLocation(): URL {
  const [href, setHref] = useState(location.href);
  useEffect(() => {
    const update = () => setHref(location.href);
    listeners.add(update);
    update();
    return () => void listeners.delete(update);
  }, []);
  return new URL(href);
}

const isPage = (path: string) => path === '/' || path === '/docs' || path.startsWith('/task/');

/** Follows links between pages without loading the document again. Ctrl-click and middle click open a tab, as usual. */
export function followPageLinks(): void {
  followPlace();
  addEventListener('popstate', notify);
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link?.target !== '' || link.hasAttribute('download')) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || !isPage(url.pathname)) return;
    // A link within the page moves the view only.
    if (url.hash !== '' && url.pathname === location.pathname && url.search === location.search) return;
    event.preventDefault();
    if (url.href === location.href) return;
    // Not all browsers focus a link that is clicked. Back returns to it.
    link.focus({ preventScroll: true });
    navigate(url.href);
    scrollTo(0, 0);
  });
}
