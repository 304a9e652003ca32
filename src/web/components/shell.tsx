/** The frame of every page: header with navigation, settings, help, and the content. */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { navigate } from '../lib/location.ts';
import { changeSettings, type Theme, useSettings } from '../lib/settings.ts';
import { useShortcuts } from '../lib/shortcuts.ts';
import { type Zone, zoneName } from '../lib/time.ts';

export interface NavigationLink {
  href: string;
  label: string;
  isCurrent: boolean;
}

interface ShellProps {
  title: string;
  links: readonly NavigationLink[];
  /** At the end of the header: who is signed in. */
  aside?: ComponentChildren;
  children: ComponentChildren;
}

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];
const ZONES: readonly Zone[] = ['local', 'UTC'];

export function Shell({ title, links, aside, children }: ShellProps) {
  const { theme, zone } = useSettings();
  const help = useRef<HTMLDialogElement>(null);
  useShortcuts({
    '?': () => help.current?.showModal(),
    'g l': () => navigate('/'),
    'g d': () => navigate('/docs'),
  });
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
            <a key={href} href={href} aria-current={isCurrent ? 'page' : undefined}>
              {label}
            </a>
          ))}
        </nav>
        <div class="settings">
          {aside}
          <label>
            <span class="visually-hidden">Theme</span>
            <select
              value={theme}
              onChange={({ currentTarget }) => changeSettings({ theme: chosen(THEMES, currentTarget.value) })}
            >
              <option value="system">System theme</option>
              <option value="light">Light</option>
              <option value="dark">Dark</option>
            </select>
          </label>
          <label>
            <span class="visually-hidden">Time zone</span>
            <select
              value={zone}
              onChange={({ currentTarget }) => changeSettings({ zone: chosen(ZONES, currentTarget.value) })}
            >
              <option value="local">Local time</option>
              <option value="UTC">UTC</option>
            </select>
          </label>
          <button type="button" onClick={() => help.current?.showModal()}>
            Help
          </button>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <footer class="footer">
        <span>Times are in {zoneName(zone)}.</span>
        <a href="/openapi.json">openapi.json</a>
      </footer>
      <Help dialog={help} />
    </>
  );
}

/** Returns the value of a `select` as one of its choices. */
function chosen<Choice extends string>(choices: readonly Choice[], value: string): Choice {
  const [first] = choices;
  const found = choices.find((choice) => choice === value) ?? first;
  if (found === undefined) throw new Error('A select has choices.');
  return found;
}

const KEYS: readonly (readonly [keys: string, action: string])[] = [
  ['/', 'Go to the search field'],
  ['j k', 'Next and previous row'],
  ['Enter', 'Open the row'],
  ['c', 'Copy the id of the row'],
  ['[ ]', 'Previous and next page'],
  ['r', 'Refresh'],
  ['p', 'Pause and resume live updates'],
  ['g l', 'Go to the list'],
  ['g d', 'Go to the API reference'],
  ['?', 'Show this help'],
  ['Esc', 'Close a dialog'],
];

function Help({ dialog }: { dialog: { current: HTMLDialogElement | null } }) {
  const { hasShortcuts } = useSettings();
  return (
    <dialog ref={dialog} aria-labelledby="help-title">
      <h2 id="help-title">Keyboard</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Keys</th>
            <th scope="col">Action</th>
          </tr>
        </thead>
        <tbody>
          {KEYS.map(([keys, action]) => (
            <tr key={keys}>
              <td>
                {keys.split(' ').map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </td>
              <td>{action}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        <label class="check">
          <input
            type="checkbox"
            checked={hasShortcuts}
            onChange={({ currentTarget }) => changeSettings({ hasShortcuts: currentTarget.checked })}
          />
          Use single keys as shortcuts
        </label>
      </p>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
