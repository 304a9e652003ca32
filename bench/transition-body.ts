import type { HdpStatus } from './product-writes.ts';

/** What a processor sends to report a status (contract B3, docs/hdp-api.md). */
export const transitionBody = (status: HdpStatus) => ({
  to_status: status,
  ...(status === 'TaskDecommitmentCompleted' && { transaction_hash: '0x1' }),
});
