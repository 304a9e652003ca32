/** The parsers of the responses. Each checks the members that the pages read. */
import type {
  HdpAccepted,
  HdpDetails,
  HdpFigures,
  HdpList,
  HdpStatusBody,
  HdpTask,
  HdpTransitions,
} from '../api-types.ts';
import {
  arrayOf,
  createParser,
  isCount,
  isFlag,
  isNumber,
  isObject,
  isText,
  nullOr,
  objectOf,
  optional,
} from '../lib/shape.ts';

const isNullOrText = nullOr(isText);

/** The members that the task of a list and its details have in common. */
const TASK_MEMBERS = {
  ...{ status: isText, destinationChainId: isText, scheduleMode: isNullOrText, scheduleTxHash: isNullOrText },
  ...{ dataSourceChains: nullOr(arrayOf(isText)), dataDestinationChain: isNullOrText },
  ...{ hdpCoreProgramHash: isNullOrText, taskHash: isNullOrText, programHash: isNullOrText },
  ...{ programName: isNullOrText, outputTreeRoot: isNullOrText, createdAt: isText, updatedAt: isText },
} as const;

export const parseList = createParser<HdpList>(
  objectOf<HdpList>({
    tasks: arrayOf(objectOf<HdpTask>({ ...TASK_MEMBERS, uuid: isText, contractClassHash: isText })),
    pagination: objectOf<HdpList['pagination']>({ page: isCount, total: isCount, totalPages: isCount }),
  }),
);

const isMmr = objectOf<HdpDetails['mmrs'][number]>({
  ...{ id: isText, root: isText, size: isNumber, chain_id: isText, hashing_function: isText },
});

const isWebhook = objectOf<NonNullable<HdpDetails['webhook']>>({
  ...{ state: isText, id: isText, attempts: isCount },
  ...{ nextAttemptAt: isNullOrText, deliveredAt: isNullOrText, error: isNullOrText },
});

export const parseDetails = createParser<HdpDetails>(
  objectOf<HdpDetails>({
    ...TASK_MEMBERS,
    taskId: isText,
    outputTreeRootPreimage: nullOr(arrayOf(isText)),
    taskInputs: nullOr(isObject),
    mmrs: arrayOf(isMmr),
    webhook: optional(isWebhook),
  }),
);

export const parseTransitions = createParser<HdpTransitions>(
  objectOf<HdpTransitions>({
    state_transitions: arrayOf(
      objectOf<HdpTransitions['state_transitions'][number]>({
        ...{ from_status: isNullOrText, to_status: isText, created_at: isText },
      }),
    ),
  }),
);

export const parseStatus = createParser<HdpStatusBody>(
  objectOf<HdpStatusBody>({ errorMessage: isNullOrText }),
);

const isBucket = objectOf<HdpFigures['created']['buckets'][number]>({
  ...{ start: isText, total: isCount, completed: isCount, failed: isCount, isOver: isFlag },
});

const isDurationClass = objectOf<{ from: number; to: number | null; passes: number }>({
  ...{ from: isNumber, to: nullOr(isNumber), passes: isCount },
});

const isStage = objectOf<HdpFigures['stages'][number]>({
  ...{ stage: isText, passes: isCount, meanSeconds: nullOr(isNumber) },
  distribution: nullOr(arrayOf(isDurationClass)),
});

export const parseFigures = createParser<HdpFigures>(
  objectOf<HdpFigures>({
    total: isCount,
    statuses: (value) => isObject(value) && Object.values(Object(value)).every(isCount),
    created: objectOf<HdpFigures['created']>({ interval: isText, buckets: arrayOf(isBucket) }),
    stages: arrayOf(isStage),
  }),
);

/** The response to a new task and to a retry. */
export const parseAccepted = createParser<HdpAccepted>(objectOf<HdpAccepted>({ uuid: isText }));
