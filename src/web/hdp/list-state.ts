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

/** The names of the API. An address with them shows the same as the response of the API. */
const API_NAMES = { search: 'hdp_tasks_search', page: 'hdp_tasks_page', size: 'hdp_tasks_per_page' } as const;

/** Returns the state of an address. Its own names go before those of the API. */
export function readListState(query: URLSearchParams): ListState {
  const own = new URLSearchParams(query);
  for (const [name, apiName] of Object.entries(API_NAMES)) {
    const value = query.get(apiName);
    if (value !== null && !own.has(name)) own.set(name, value);
  }
  return listState.read(own);
}

/** Returns the address of a state of the list. */
export const listHref = (state: ListState): string => `/${listState.write(state)}`;

/** Returns the path of the API for a state. */
export function listPath({ search, page, size }: ListState): string {
  const query = new URLSearchParams({ [API_NAMES.page]: String(page), [API_NAMES.size]: String(size) });
  if (search !== '') query.set(API_NAMES.search, search);
  return `/tasks?${query}`;
}

const ULID = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/i;

/** Returns a whole uuid as the API writes it, or undefined for another text. */
export const wholeUuid = (text: string): string | undefined =>
  ULID.test(text) ? text.toUpperCase() : undefined;
