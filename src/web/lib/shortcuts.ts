import { useEffect, useRef } from 'preact/hooks';
import { currentSettings } from './settings.ts';

export type Shortcuts = Readonly<Record<string, () => void>>;

const isField = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName));

/** How long the second key of a sequence such as `g l` is awaited. */
const SEQUENCE_MS = 1500;

/**
 * Handles keys while the component is shown. They act outside of fields and dialogs only, and a setting turns them off
 * (WCAG 2.1.4). @param shortcuts by key, or by two keys with a space
 */
export function useShortcuts(shortcuts: Shortcuts): void {
  const current = useRef(shortcuts);
  current.current = shortcuts;
  useEffect(() => {
    let first = { key: '', at: 0 };
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isField(event.target) || document.querySelector('dialog[open]')) return;
      if (!currentSettings().hasShortcuts) return;
      const isSecond = event.timeStamp - first.at < SEQUENCE_MS;
      const action = (isSecond && current.current[`${first.key} ${event.key}`]) || current.current[event.key];
      first = { key: event.key, at: event.timeStamp };
      if (!action) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
