import { useEffect, useRef, useState } from 'preact/hooks';
import { trimInvisible } from '../../lib/text.ts';
import { navigate } from '../lib/location.ts';
import { useShortcuts } from '../lib/shortcuts.ts';
import { isSearchable, type ListState, listHref, wholeUuid } from './list-state.ts';

/** How long typing rests before the list is asked for. */
const TYPING_PAUSE_MS = 150;

/**
 * Searches while the reader types, without an entry of the history. Enter adds one, and the entry before it gets its
 * former search back. A whole uuid and Enter lead to its page.
 */
export function SearchField({ state }: { state: ListState }) {
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  /** The search of the entry of the history before the reader typed. */
  const entry = useRef(state);
  /** The address of the search that the reader typed. */
  const typed = useRef<string | undefined>(undefined);
  const [isTooLong, setTooLong] = useState(false);
  useShortcuts({ '/': () => field.current?.focus() });
  useEffect(() => () => clearTimeout(timer.current), []);
  const href = listHref(state);
  // The address holds the whole state.
  useEffect(() => {
    if (typed.current === href) return;
    // The address was changed elsewhere: by a link, Back or Forward.
    clearTimeout(timer.current);
    typed.current = undefined;
    entry.current = state;
    setTooLong(false);
    if (field.current && trimInvisible(field.current.value) !== state.search)
      field.current.value = state.search;
  }, [href]);

  const readTerm = () => {
    clearTimeout(timer.current);
    const term = trimInvisible(field.current?.value ?? '');
    setTooLong(!isSearchable(term));
    return isSearchable(term) ? term : undefined;
  };
  const searchLive = () => {
    const search = readTerm();
    if (search === undefined || search === state.search) return;
    typed.current = listHref({ ...state, search, page: 1 });
    navigate(typed.current, { replace: true });
  };
  const submit = () => {
    const search = readTerm();
    if (search === undefined) return;
    const uuid = wholeUuid(search);
    const target = uuid === undefined ? listHref({ ...state, search, page: 1 }) : `/task/${uuid}`;
    const former = listHref(entry.current);
    if (target === former && typed.current === undefined) return;
    history.replaceState(null, '', former);
    typed.current = undefined;
    entry.current = { ...state, search, page: 1 };
    navigate(target, { replace: target === former });
  };
  return (
    <search>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <label for="search">Search</label>
        <input
          id="search"
          ref={field}
          type="search"
          autocomplete="off"
          spellcheck={false}
          placeholder="Uuid, program hash or program name"
          defaultValue={state.search}
          aria-invalid={isTooLong}
          aria-describedby={isTooLong ? 'search-problem' : undefined}
          onInput={() => {
            clearTimeout(timer.current);
            timer.current = setTimeout(searchLive, TYPING_PAUSE_MS);
          }}
        />
        <button type="submit">Search</button>
        {isTooLong && (
          <span id="search-problem" class="problem">
            A search has at most 200 characters.
          </span>
        )}
      </form>
    </search>
  );
}
