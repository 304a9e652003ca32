import type { z } from 'zod';
import type { hdpTask } from '../../src/hdp/schema.ts';
import type { servicesTask } from '../../src/services/schema.ts';

export type ServicesWire = z.input<typeof servicesTask>;
export type HdpWire = z.input<typeof hdpTask>;

/** Returns a READY Services task of chain 1764 as JSON value, with changes. */
export function aServicesTask(
  changes: Partial<Omit<ServicesWire, 'state'>> & { state?: Partial<ServicesWire['state']> } = {},
): ServicesWire {
  return {
    id: 1,
    chain: 1764,
    desc: 'Users of the last day',
    trigger: { once: '2026-05-26T12:00:00Z' },
    target: { action: 'export', export_index: 'users', export_format: 'csv' },
    logs: null,
    debug: '',
    version: 0,
    result: null,
    ...changes,
    state: {
      code: 'READY',
      last_run_date: null,
      last_modified: '2026-05-26T11:59:00Z',
      created_date: '2026-05-26T11:59:00Z',
      ...changes.state,
    },
  };
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Returns a ULID that sorts by `n`. */
export function ulid(n: number): string {
  const digits = n.toString(32).replace(/./g, (digit) => CROCKFORD.charAt(Number.parseInt(digit, 32)));
  return `01JPJ03YJT${digits.padStart(16, '0')}`;
}

/** Returns a received HDP task as JSON value, with changes. */
export function anHdpTask(changes: Partial<HdpWire> = {}): HdpWire {
  return {
    uuid: ulid(1),
    status: 'Received',
    destinationChainId: '11155111',
    contractClassHash: '0x1234',
    scheduleMode: null,
    scheduleTxHash: null,
    dataSourceChains: null,
    dataDestinationChain: null,
    hdpCoreProgramHash: null,
    taskHash: null,
    programHash: null,
    programName: null,
    outputTreeRoot: null,
    createdAt: '2024-03-17T10:24:00Z',
    updatedAt: '2024-03-17T10:24:00Z',
    ...changes,
  };
}
