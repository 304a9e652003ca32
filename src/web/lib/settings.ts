/** The settings of the reader. They hold no data of the API. */
import { useEffect, useState } from 'preact/hooks';
import type { Zone } from './time.ts';

export type Theme = 'system' | 'light' | 'dark';

interface Settings {
  theme: Theme;
  zone: Zone;
  /** True: single letters are shortcuts. */
  hasShortcuts: boolean;
}

const read = (name: string) => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
};

function write(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // Storage is blocked: the setting lasts until the page is closed.
  }
}

function readSettings(): Settings {
  const theme = read('theme');
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    zone: read('zone') === 'UTC' ? 'UTC' : 'local',
    hasShortcuts: read('shortcuts') !== 'off',
  };
}

let settings = readSettings();
const listeners = new Set<(changed: Settings) => void>();

export const currentSettings = (): Settings => settings;

export function changeSettings(changes: Partial<Settings>): void {
  apply({ ...settings, ...changes });
  const { theme, zone, hasShortcuts } = settings;
  write('theme', theme === 'system' ? null : theme);
  write('zone', zone === 'UTC' ? 'UTC' : null);
  write('shortcuts', hasShortcuts ? null : 'off');
}

function apply(changed: Settings): void {
  settings = changed;
  document.documentElement.style.colorScheme = changed.theme === 'system' ? '' : changed.theme;
  for (const listener of listeners) listener(changed);
}

// Another tab has changed them.
addEventListener('storage', () => apply(readSettings()));

/** Returns the settings, and renders again when they change. */
export function useSettings(): Settings {
  const [current, setCurrent] = useState(settings);
  useEffect(() => {
    listeners.add(setCurrent);
    setCurrent(settings);
    return () => void listeners.delete(setCurrent);
  }, []);
  return current;
}
