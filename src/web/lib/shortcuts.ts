/** Keys that act on the page. One listener serves all components, so that a key has one action. */
import { useEffect, useRef } from 'preact/hooks';
import { currentSettings } from './settings.ts';

/** Actions by key, or by two keys with a space, such as `g l`. */
export type Shortcuts = Readonly<Record<string, () => void>>;

/** How long the second key of a sequence is awaited. */
const SEQUENCE_MS = 1500;

const NO_KEY = { key: '', at: 0 };

/** Of the components that are shown; the last one goes first. */
const registered: { current: Shortcuts }[] = [];
let first = NO_KEY;

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
  const sequence = timeStamp - first.at < SEQUENCE_MS ? findAction(`${first.key} ${key}`) : undefined;
  const isFirst = !sequence && beginsSequence(key);
  first = isFirst ? { key, at: timeStamp } : NO_KEY;
  const action = sequence ?? (isFirst ? undefined : findAction(key));
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

const findAction = (keys: string) => registered.findLast(({ current }) => current[keys])?.current[keys];

const beginsSequence = (key: string) =>
  registered.some(({ current }) => Object.keys(current).some((keys) => keys.startsWith(`${key} `)));
