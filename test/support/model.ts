/** Both lists as the contract puts them, over plain arrays: what the gateway is compared with. */
import type { HdpWire, ServicesWire } from './tasks.ts';

export interface ServicesQuestion {
  status?: string | undefined;
  action?: string | undefined;
  campaign_id?: number | undefined;
  limit?: number | undefined;
  offset?: number | undefined;
}

/** Contract A3: this chain's tasks that match every filter, `id` ascending. */
export function servicesAnswer(tasks: readonly ServicesWire[], chain: number, asked: ServicesQuestion) {
  const matching = tasks
    .filter((task) => task.chain === chain)
    .filter((task) => asked.status === undefined || task.state.code === asked.status)
    .filter((task) => asked.action === undefined || task.target.action === asked.action)
    .filter(
      (task) =>
        asked.campaign_id === undefined ||
        (task.target.campaign_id ?? task.target.campaign) === asked.campaign_id,
    )
    .sort((a, b) => a.id - b.id);
  const offset = asked.offset ?? 0;
  return { total: matching.length, tasks: matching.slice(offset, offset + (asked.limit ?? 100)) };
}

export interface HdpQuestion {
  hdp_tasks_page?: number | undefined;
  hdp_tasks_per_page?: number | undefined;
  hdp_tasks_search?: string | undefined;
}

/** Contract B2: the tasks that hold the folded term, newest first, then uuid descending. */
export function hdpAnswer(tasks: readonly HdpWire[], asked: HdpQuestion) {
  const page = asked.hdp_tasks_page ?? 1;
  const perPage = asked.hdp_tasks_per_page ?? 10;
  const term = fold(asked.hdp_tasks_search ?? '');
  const matching = tasks
    .filter((task) =>
      [task.uuid, task.programHash, task.programName].some(
        (text) => text != null && fold(text).includes(term),
      ),
    )
    .sort((a, b) => descending(micros(a.createdAt), micros(b.createdAt)) || descending(a.uuid, b.uuid));
  return {
    tasks: matching.slice((page - 1) * perPage, page * perPage),
    pagination: { page, perPage, total: matching.length, totalPages: Math.ceil(matching.length / perPage) },
  };
}

/** As the contract compares texts. */
export const fold = (text: string) => text.normalize('NFC').toLowerCase();
const descending = <T extends string | bigint>(a: T, b: T) => (a < b ? 1 : a > b ? -1 : 0);

function micros(time: string): bigint {
  const [whole = '', fraction = ''] = time.slice(0, -1).split('.');
  return BigInt(Date.parse(`${whole}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0'));
}
