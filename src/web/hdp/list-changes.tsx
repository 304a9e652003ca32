import { useRef } from 'preact/hooks';
import { changeWords, type ShownRows } from './shown-rows.ts';

interface ChangesProps {
  /** Undefined until there are rows of the current request. */
  shown: ShownRows | undefined;
  showCurrent(): void;
}

/** Says each change of the total once, and on later pages offers the current rows. */
export function Changes({ shown, showCurrent }: ChangesProps) {
  const said = useTotalWords(shown);
  const words = shown && changeWords(shown);
  return (
    <>
      <p role="status" class="visually-hidden">
        {said}
      </p>
      {words !== undefined && (
        <p class="arrivals">
          {words}{' '}
          <button type="button" onClick={showCurrent}>
            Show the current rows
          </button>
        </p>
      )}
    </>
  );
}

/** Returns the total in words, once it has changed since the rows of this request came first. */
function useTotalWords(shown: ShownRows | undefined): string {
  const known = useRef({ path: '', total: 0, words: '' });
  const { path, total, words } = known.current;
  if (!shown) return words;
  const latest = shown.latest.pagination.total;
  if (shown.path !== path) {
    // The first page of the session needs no announcement; another search does.
    known.current = { path: shown.path, total: latest, words: path === '' ? '' : totalWords(latest) };
  } else if (latest !== total) known.current = { path, total: latest, words: totalWords(latest) };
  return known.current.words;
}

const totalWords = (total: number) =>
  `${total.toLocaleString('en')} ${total === 1 ? 'task' : 'tasks'} in total.`;
