import type { RefObject } from 'preact';
import { ShortcutsSetting } from './settings-menu.tsx';

const KEYS: readonly (readonly [keys: string, action: string])[] = [
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

interface HelpProps {
  dialog: RefObject<HTMLDialogElement | null>;
  /** What the key `/` does on this host. */
  slashAction: string;
}

/** The keys of the pages, in a dialog. */
export function Help({ dialog, slashAction }: HelpProps) {
  return (
    <dialog ref={dialog} aria-labelledby="help-title">
      <h2 id="help-title">Keyboard</h2>
      <table class="keys">
        <thead class="visually-hidden">
          <tr>
            <th scope="col">Keys</th>
            <th scope="col">Action</th>
          </tr>
        </thead>
        <tbody>
          {[['/', slashAction] as const, ...KEYS].map(([keys, action]) => (
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
      <form method="dialog" class="dialog-end">
        <ShortcutsSetting />
        <button type="submit" autofocus>
          Close
        </button>
      </form>
    </dialog>
  );
}
