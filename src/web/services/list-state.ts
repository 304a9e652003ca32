/** The state of the Services list in its address, and the request that it stands for (contract A3). */
import { SERVICES_STATUSES } from '../../db/model/statuses.ts';
import {
  choiceField,
  createUrlState,
  type Field,
  integerField,
  type StateOf,
  textField,
} from '../lib/url-state.ts';

/** Lists carry whole triggers and targets of up to 1 MiB each. */
export const PAGE_SIZE = 20;

const MAX_ACTION_LENGTH = 200;

/** An integer that stays the text that it was, because it is sent as it is. */
const campaignField: Field<string> = {
  fallback: '',
  parse: (text) => (/^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? text : undefined),
};

const FIELDS = {
  status: choiceField(SERVICES_STATUSES, ''),
  action: textField(MAX_ACTION_LENGTH),
  campaign: campaignField,
  page: integerField(1, 1_000_000, 1),
};

export type ListState = StateOf<typeof FIELDS>;
export type Filter = Omit<ListState, 'page'>;

export const listState = createUrlState(FIELDS);

/** Returns the address of a state. */
export const hrefOf = (state: ListState): string => `/${listState.write(state)}`;

/** Returns the path of the API for the tasks of a filter. */
export function tasksPath({ status, action, campaign }: Filter, limit: number, offset: number): string {
  const query = new URLSearchParams({ limit: String(limit), offset: String(offset) });
  if (status !== '') query.set('status', status);
  if (action !== '') query.set('action', action);
  if (campaign !== '') query.set('campaign_id', campaign);
  return `/tasks?${query}`;
}

export const listPath = (state: ListState): string =>
  tasksPath(state, PAGE_SIZE, (state.page - 1) * PAGE_SIZE);

/** Returns a filter in words, such as `status DONE, action export`; empty for all tasks. */
export function filterWords({ status, action, campaign }: Filter): string {
  const parts = [
    status && `status ${status}`,
    action && `action “${action}”`,
    campaign && `campaign ${campaign}`,
  ];
  return parts.filter(Boolean).join(', ');
}
