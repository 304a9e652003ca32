/** Keys that act on the page. One listener serves all components, so that a key has one action. */
import { useEffect, useRef } from 'preact/hooks';
import { createKeySequence } from './key-sequence.ts';
import { currentSettings } from './settings.ts';

/** Actions by key, or by two keys with a space, such as `g l`. */
export type Shortcuts = Readonly<Record<string, () => void>>;

/** Of the components that are shown; the last one goes first. */
const registered: { current: Shortcuts }[] = [];
const toKeys = createKeySequence();

/**
 * Handles keys while the component is shown. They act outside of fields and dialogs only, and a setting turns them off
 * (WCAG 2.1.4).
 */
export function useShortcuts(shortcuts: Shortcuts): void {
  const current = useRef(shortcuts);
  current.current = shortcuts;
  useEffect(() => {
    if (registered.length === 0) document.addEventListener('keydown', onKey);
    registered.push(current);
    return () => {
      registered.splice(registered.indexOf(current), 1);
      if (registered.length === 0) document.removeEventListener('keydown', onKey);
    };
  }, []);
}

function onKey(event: KeyboardEvent): void {
  const { key, timeStamp } = event;
  if (key === 'Shift' || isOther(event)) return;
  const known = registered.flatMap(({ current }) => Object.keys(current));
  const keys = toKeys(key, timeStamp, known);
  const action = keys && registered.findLast(({ current }) => current[keys])?.current[keys];
  if (!action) return;
  event.preventDefault();
  action();
}

/** True if a key belongs to the browser, a field or a dialog. */
function isOther({
  ctrlKey,
  metaKey,
  altKey,
  defaultPrevented,
  isComposing,
  target,
}: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey || defaultPrevented || isComposing) return true;
  return (
    isField(target) || document.querySelector('dialog[open]') !== null || !currentSettings().hasShortcuts
  );
}

const isField = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName));
