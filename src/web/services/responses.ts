/** The parsers of the responses. Each checks the members that the pages read. */
import type { LoggedTask, ServicesList, ServicesSession, ServicesTask } from '../api-types.ts';
import { parseExactly } from '../lib/json-source.ts';
import {
  arrayOf,
  type Check,
  createParser,
  isCount,
  isObject,
  isText,
  nullOr,
  objectOf,
} from '../lib/shape.ts';

/**
 * Creates the parser of a response. A number that JavaScript would write in another way is an `ExactNumber`; only
 * `trigger` and `target` can have such numbers.
 */
const createExactParser = <Data>(check: Check) =>
  createParser<Data>(check, (text) => parseExactly(text)?.value);

const isState = objectOf<ServicesTask['state']>({
  ...{ code: isText, last_run_date: nullOr(isText), last_modified: isText, created_date: isText },
});

const TASK_MEMBERS = {
  ...{ id: isCount, chain: isCount, desc: isText, state: isState, trigger: isObject, target: isObject },
  ...{ debug: isText, version: isCount, result: nullOr(isText) },
} as const;

export const parseTasks = createExactParser<ServicesList>(arrayOf(objectOf<ServicesTask>(TASK_MEMBERS)));

const isLogEntry = objectOf<LoggedTask['logs'][number]>({ time: isText, level: isText, message: isText });

/** Of one task with its log. */
export const parseTask = createExactParser<LoggedTask>(
  objectOf<LoggedTask>({ ...TASK_MEMBERS, logs: arrayOf(isLogEntry) }),
);

export const parseState = createParser<ServicesTask['state']>(isState);

export const parseCreated = createParser<Pick<ServicesTask, 'id'>>(objectOf<ServicesTask>({ id: isCount }));

const isWebUrl: Check = (value) => isText(value) && /^https?:\/\//.test(String(value));

export const parseDownloadUrl = createParser<{ url: string }>(objectOf<{ url: string }>({ url: isWebUrl }));

const isChain = objectOf<ServicesSession['chains'][number]>({ chain: isCount, level: isText });

export const parseSession = createParser<ServicesSession>(
  objectOf<ServicesSession>({
    ...{ method: isText, token_id: nullOr(isText), user_id: nullOr(isCount), chain: isCount, level: isText },
    ...{ valid_until: nullOr(isText), actions: arrayOf(isText), chains: arrayOf(isChain) },
  }),
);
