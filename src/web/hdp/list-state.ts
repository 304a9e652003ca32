/** The state of the HDP list in its address, and the request that it stands for (contract B2). */
import { trimInvisible } from '../../lib/text.ts';
import { createUrlState, type Field, integerField, type StateOf } from '../lib/url-state.ts';

const MAX_SEARCH_LENGTH = 200;
export const PAGE_SIZES = [10, 20, 50, 100] as const;

/** True if the API accepts a search. It counts characters, not code units. */
export const isSearchable = (term: string): boolean => [...term].length <= MAX_SEARCH_LENGTH;

const searchField: Field<string> = {
  fallback: '',
  parse(text) {
    const term = trimInvisible(text);
    return isSearchable(term) ? term : undefined;
  },
};

const FIELDS = {
  search: searchField,
  page: integerField(1, Number.MAX_SAFE_INTEGER, 1),
  size: integerField(1, 100, 20),
};

export type ListState = StateOf<typeof FIELDS>;

const listState = createUrlState(FIELDS);

export const readListState = (query: URLSearchParams): ListState => listState.read(query);

/** Returns the address of a state of the list. */
export const listHref = (state: ListState): string => `/${listState.write(state)}`;

/** Returns the path of the API for a state. */
export function listPath({ search, page, size }: ListState): string {
  const query = new URLSearchParams({ hdp_tasks_page: String(page), hdp_tasks_per_page: String(size) });
  if (search !== '') query.set('hdp_tasks_search', search);
  return `/tasks?${query}`;
}

const ULID = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/i;

/** Returns a whole uuid as the API writes it, or undefined for another text. */
export const wholeUuid = (text: string): string | undefined =>
  ULID.test(text) ? text.toUpperCase() : undefined;
