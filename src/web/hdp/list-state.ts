/** The state of the HDP list in its address, and the request that it stands for (contract B2). */
import { createUrlState, integerField, type StateOf, textField } from '../lib/url-state.ts';

const MAX_SEARCH_LENGTH = 200;
export const PAGE_SIZES = [10, 20, 50, 100] as const;

const FIELDS = {
  search: textField(MAX_SEARCH_LENGTH),
  page: integerField(1, Number.MAX_SAFE_INTEGER, 1),
  size: integerField(1, 100, 20),
};

export type ListState = StateOf<typeof FIELDS>;

export const listState = createUrlState(FIELDS);

/** Returns the path of the API for a state. */
export function listPath({ search, page, size }: ListState): string {
  const query = new URLSearchParams({ hdp_tasks_page: String(page), hdp_tasks_per_page: String(size) });
  if (search !== '') query.set('hdp_tasks_search', search);
  return `/tasks?${query}`;
}
