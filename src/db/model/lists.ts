/**
 * The lists that a client can request: all HDP tasks, and a chain's Services tasks by each combination of the three filters.
 * The derived data identifies a list by its name, a JSON array.
 */
import type { ServicesStatus } from './statuses.ts';

/** All HDP tasks, ordered by `createdAt` and `uuid`. */
export const HDP_LIST = '["hdp"]';

/** Filters of the Services list, combined with AND (contract A3). */
export interface ServicesTaskFilter {
  status?: ServicesStatus | undefined;
  action?: string | undefined;
  campaign?: number | undefined;
}

/** The values by which a Services task is filtered; null if `target` has no such value. */
export interface ServicesListFields {
  chain: number;
  status: ServicesStatus;
  action: string | null;
  campaign: number | null;
}

/** The lists of a task. Tasks of the same lists share one object. */
export interface ListGroup {
  readonly lists: readonly string[];
  /** The values that decide the lists of a Services task; undefined for HDP tasks. */
  readonly fields?: ServicesListFields;
}

export const HDP_GROUP: ListGroup = { lists: [HDP_LIST] };

/** Returns the name of a chain's list. */
export function servicesListName(chain: number, { status, action, campaign }: ServicesTaskFilter): string {
  return JSON.stringify(['services', chain, status ?? null, action ?? null, campaign ?? null]);
}

/**
 * Returns the beginning of the names of a chain's lists by action alone, or by action and campaign. Of one action, the lists
 * by campaign come before the list by action alone.
 */
export const actionListPrefix = (chain: number): string => `["services",${chain},null,"`;

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

/** The number of cached groups. An import has few kinds of task. */
const MAX_CACHED_GROUPS = 10_000;

/** Creates a function that returns the group of a Services task: the same object for tasks of the same lists. */
export function createServicesGroups(): (task: ServicesListFields) => ListGroup {
  const groups = new Map<string, ListGroup>();
  return (task) => {
    // The action is last, because it can contain spaces. None differs from the action "null".
    const action = task.action === null ? '' : `"${task.action}`;
    const key = `${task.chain} ${task.status} ${task.campaign} ${action}`;
    const cached = groups.get(key);
    if (cached) return cached;
    if (groups.size >= MAX_CACHED_GROUPS) groups.clear();
    const group = createGroup(task);
    groups.set(key, group);
    return group;
  };
}

function createGroup({ chain, status, action, campaign }: ServicesListFields): ListGroup {
  // A filter cannot name a campaign beyond the safe integers.
  const filterable = campaign !== null && Number.isSafeInteger(campaign) ? campaign : null;
  const fields = { chain, status, action, campaign: filterable };
  return { lists: servicesLists(fields), fields };
}

function servicesLists({ chain, status, action, campaign }: ServicesListFields): string[] {
  const optional = <Value>(value: Value | null) => (value === null ? [undefined] : [undefined, value]);
  return optional(status).flatMap((byStatus) =>
    optional(action).flatMap((byAction) =>
      optional(campaign).map((byCampaign) =>
        servicesListName(chain, { status: byStatus, action: byAction, campaign: byCampaign }),
      ),
    ),
  );
}
