/**
 * The place of the reader in each entry of the history: the scroll position and the focused link. Back, Forward and a
 * reload return to it as soon as the view has loaded.
 */
interface Place {
  top: number;
  /** The address of the focused link, as it is written. */
  link: string | undefined;
}

const SAVE_DELAY_MS = 150;
/** A view that takes longer is shown from its top. */
const RESTORE_LIMIT_MS = 10_000;
/** What the reader does goes before what is restored. */
const ACTIONS = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const;

let saveTimer: ReturnType<typeof setTimeout> | undefined;
let restoring: { stop(): void } | undefined;

/** Follows the place of the reader, and restores that of the current entry. */
export function followPlace(): void {
  for (const event of ['scroll', 'focusin']) addEventListener(event, saveSoon, { passive: true });
  addEventListener('pagehide', savePlace);
  addEventListener('popstate', restorePlace);
  restorePlace();
}

function saveSoon(): void {
  clearTimeout(saveTimer);
  saveTimer = setTimeout(savePlace, SAVE_DELAY_MS);
}

/** Saves the place of the entry of the history that the reader leaves for a new one. */
export function leavePlace(): void {
  if (restoring) restoring.stop();
  else savePlace();
}

function savePlace(): void {
  clearTimeout(saveTimer);
  // The place is not reached yet.
  if (restoring) return;
  const link = document.activeElement?.closest('main a')?.getAttribute('href') ?? undefined;
  history.replaceState({ top: Math.round(scrollY), link } satisfies Place, '');
}

function restorePlace(): void {
  clearTimeout(saveTimer);
  restoring?.stop();
  const place = toPlace(history.state);
  if (!place) return;
  const observer = new MutationObserver(() => {
    if (isReached(place)) stop();
  });
  const timer = setTimeout(stop, RESTORE_LIMIT_MS);
  function stop(): void {
    observer.disconnect();
    clearTimeout(timer);
    for (const action of ACTIONS) removeEventListener(action, stop);
    restoring = undefined;
  }
  restoring = { stop };
  observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ['aria-busy'] });
  for (const action of ACTIONS) addEventListener(action, stop, { passive: true });
}

/** Goes to a place. @returns true if it is reached, and the view has loaded */
function isReached({ top, link }: Place): boolean {
  const target = findLink(link);
  target?.focus({ preventScroll: true });
  scrollTo(0, top);
  const isLoading = document.querySelector('main :is(.loading, [aria-busy=true])') !== null;
  return !isLoading && (target !== undefined || link === undefined) && Math.abs(scrollY - top) < 2;
}

function findLink(href: string | undefined): HTMLElement | undefined {
  const links = href === undefined ? [] : document.querySelectorAll<HTMLElement>('main a');
  return [...links].find((link) => link.getAttribute('href') === href);
}

/** Returns the place of an entry. An entry that a link of the browser added has none. */
function toPlace(state: unknown): Place | undefined {
  if (typeof state !== 'object' || state === null || !('top' in state)) return undefined;
  const link = 'link' in state && typeof state.link === 'string' ? state.link : undefined;
  return typeof state.top === 'number' ? { top: state.top, link } : undefined;
}
