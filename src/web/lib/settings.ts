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

const storedTheme = read('theme');

let settings: Settings = {
  theme: storedTheme === 'light' || storedTheme === 'dark' ? storedTheme : 'system',
  zone: read('zone') === 'UTC' ? 'UTC' : 'local',
  hasShortcuts: read('shortcuts') !== 'off',
};
const listeners = new Set<(changed: Settings) => void>();

export const currentSettings = (): Settings => settings;

export function changeSettings(changes: Partial<Settings>): void {
  settings = { ...settings, ...changes };
  const { theme, zone, hasShortcuts } = settings;
  write('theme', theme === 'system' ? null : theme);
  write('zone', zone === 'UTC' ? 'UTC' : null);
  write('shortcuts', hasShortcuts ? null : 'off');
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const listener of listeners) listener(settings);
}

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
