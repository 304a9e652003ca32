/** The lists of both APIs by the contract, over plain arrays. Tests compare the gateway with them. */
import type { HdpWire, ServicesWire } from './tasks.ts';

export interface ServicesQuery {
  status?: string | undefined;
  action?: string | undefined;
  campaign_id?: number | undefined;
  limit?: number | undefined;
  offset?: number | undefined;
}

/** Returns the tasks of a chain that match every filter, by ascending `id` (contract A3). */
export function expectedServicesPage(tasks: readonly ServicesWire[], chain: number, query: ServicesQuery) {
  const matching = tasks
    .filter((task) => task.chain === chain)
    .filter((task) => query.status === undefined || task.state.code === query.status)
    .filter((task) => query.action === undefined || task.target.action === query.action)
    .filter(
      (task) =>
        query.campaign_id === undefined ||
        (task.target.campaign_id ?? task.target.campaign) === query.campaign_id,
    )
    .sort((a, b) => a.id - b.id);
  const offset = query.offset ?? 0;
  return { total: matching.length, tasks: matching.slice(offset, offset + (query.limit ?? 100)) };
}

export interface HdpQuery {
  hdp_tasks_page?: number | undefined;
  hdp_tasks_per_page?: number | undefined;
  hdp_tasks_search?: string | undefined;
}

/** Returns a page of the tasks that contain the folded term, newest first, then by descending uuid (contract B2). */
export function expectedHdpPage(tasks: readonly HdpWire[], query: HdpQuery) {
  const page = query.hdp_tasks_page ?? 1;
  const perPage = query.hdp_tasks_per_page ?? 10;
  const term = fold((query.hdp_tasks_search ?? '').replace(/^[ \t]+|[ \t]+$/g, ''));
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

/** Case folding of the non-ASCII letters that the tests use, written by hand. */
const FOLDED: Record<string, string> = {
  É: 'é',
  é: 'é',
  '\u212a': 'k',
  İ: 'i\u0307',
  ß: 'ss',
  ẞ: 'ss',
  ſ: 's',
  ﬁ: 'fi',
  Σ: 'σ',
  ς: 'σ',
  σ: 'σ',
  Ü: 'ü',
  ü: 'ü',
  證: '證',
};

/** Folds a text as the contract compares texts (B2). @throws Error on a cased letter that is not in FOLDED */
export function fold(text: string): string {
  const letters = [...text.replaceAll('e\u0301', 'é').replaceAll('E\u0301', 'é')];
  return letters
    .map((letter) => {
      const code = letter.charCodeAt(0);
      if (code < 128) return code >= 65 && code <= 90 ? String.fromCharCode(code + 32) : letter;
      const folded = FOLDED[letter];
      if (folded !== undefined) return folded;
      if (letter.toLowerCase() !== letter.toUpperCase())
        throw new Error(`The model does not know ${letter}.`);
      return letter;
    })
    .join('');
}
const descending = <T extends string | bigint>(a: T, b: T) => (a < b ? 1 : a > b ? -1 : 0);

function micros(time: string): bigint {
  const [whole = '', fraction = ''] = time.slice(0, -1).split('.');
  return BigInt(Date.parse(`${whole}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0'));
}
