import { changeWords, type ShownRows } from './shown-rows.ts';

/** On later pages, says that the list has changed, and offers the current rows. */
export function ListChanges({ shown, showCurrent }: { shown: ShownRows; showCurrent(): void }) {
  const words = changeWords(shown);
  if (words === undefined) return null;
  return (
    <p class="arrivals">
      {words}{' '}
      <button type="button" onClick={showCurrent}>
        Show the current rows
      </button>
    </p>
  );
}
