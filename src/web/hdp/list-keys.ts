import { announce } from '../lib/announce.ts';
import { copyText } from '../lib/clipboard.ts';
import { useShortcuts } from '../lib/shortcuts.ts';
import { moveFocus, rowLink } from './row-focus.ts';

/** Handles the keys of rows. Enter needs no handler, because the focus is on a link. */
export function useRowKeys(): void {
  const copy = async () => {
    const link = rowLink();
    const uuid = link?.dataset.uuid;
    if (!link || uuid === undefined) return;
    announce((await copyText(uuid, link)) ? `Copied ${uuid}` : `Could not copy ${uuid}`);
  };
  useShortcuts({ j: () => moveFocus(1), k: () => moveFocus(-1), c: () => void copy() });
}
