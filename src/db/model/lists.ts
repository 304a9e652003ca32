/**
 * The lists that an API can ask for: all HDP tasks, and a chain's Services tasks by every combination of the three
 * filters. A list is known by its name, a JSON array, in the derived data of every dialect.
 */
import type { ServicesStatus } from './statuses.ts';

/** All HDP tasks, ordered by `createdAt` and `uuid`. */
export const HDP_LIST = '["hdp"]';

/** Filters of the Services list, ANDed; an absent one does not filter (contract A3). */
export interface ServicesTaskFilter {
  status?: ServicesStatus | undefined;
  action?: string | undefined;
  campaign?: number | undefined;
}

/** The values by which a Services task is filtered; null where `target` has no such value. */
export interface ServicesListFields {
  chain: number;
  status: ServicesStatus;
  action: string | null;
  campaign: number | null;
}

/** Tasks that are in the same lists. */
export interface ListGroup {
  readonly lists: readonly string[];
}

export const HDP_GROUP: ListGroup = { lists: [HDP_LIST] };

/** Returns the name of a chain's list. */
export function servicesListName(chain: number, { status, action, campaign }: ServicesTaskFilter): string {
  return JSON.stringify(['services', chain, status ?? null, action ?? null, campaign ?? null]);
}

/** Parses the name of a Services list; undefined for the name of another list. */
export function parseServicesListName(
  name: string,
): { chain: number; filter: ServicesTaskFilter } | undefined {
  const parts: [string, number, ServicesStatus | null, string | null, number | null] = JSON.parse(name);
  if (parts[0] !== 'services') return undefined;
  const [, chain, status, action, campaign] = parts;
  return {
    chain,
    filter: { status: status ?? undefined, action: action ?? undefined, campaign: campaign ?? undefined },
  };
}

/** Groups of one transaction are remembered up to this number; an import has few kinds of task. */
const MAX_GROUPS = 10_000;

/** Creates a function that returns the group of a Services task: the same object for tasks of the same lists. */
export function createServicesGroups(): (task: ServicesListFields) => ListGroup {
  const groups = new Map<string, ListGroup>();
  return (task) => {
    const key = `${task.chain} ${task.status} ${task.campaign} ${task.action}`;
    const known = groups.get(key);
    if (known) return known;
    if (groups.size >= MAX_GROUPS) groups.clear();
    const group = { lists: servicesLists(task) };
    groups.set(key, group);
    return group;
  };
}

function servicesLists({ chain, status, action, campaign }: ServicesListFields): string[] {
  // No filter can name a campaign beyond the safe integers, nor be exact about it.
  const filterable = campaign !== null && Number.isSafeInteger(campaign) ? campaign : null;
  const choices = <Value>(value: Value | null) => (value === null ? [undefined] : [undefined, value]);
  return choices(status).flatMap((byStatus) =>
    choices(action).flatMap((byAction) =>
      choices(filterable).map((byCampaign) =>
        servicesListName(chain, { status: byStatus, action: byAction, campaign: byCampaign }),
      ),
    ),
  );
}
