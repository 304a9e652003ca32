import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { monotonicFactory } from 'ulid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HDP_STATUSES, type HdpStatus } from '../../src/db/model/statuses.ts';
import { openStore, type Store } from '../../src/db/open.ts';
import type { WriteContext } from '../../src/db/queries/hdp-task-lifecycle.ts';
import { newTaskRecord } from '../../src/hdp/create-task.ts';
import { newTransition, transitionBody } from '../../src/hdp/transition.ts';
import { asKey, expectCreated, NOW } from '../support/gateway.ts';

const CONNECTIONS = 3;

let folder: string;
let stores: Store[];
let moments: WriteContext[];

/** Several connections to one file; each writer has ids of its own, and a clock that differs from the others'. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
  stores = Array.from({ length: CONNECTIONS }, () => openStore(join(folder, 'tasks.db')));
  await stores[0]?.migrate();
  if (stores[0]) await asKey(stores[0], 'client');
  moments = stores.map((_, n) => ({ now: NOW + 1000 * n, newUlid: monotonicFactory() }));
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  rmSync(folder, { recursive: true });
});

const through = (writer: number) => {
  const [store, moment] = [stores[writer], moments[writer]];
  if (!store || !moment) throw new Error(`There is no writer ${writer}.`);
  return { store, moment };
};

async function create(writer: number, webhook: boolean): Promise<string> {
  const { store, moment } = through(writer);
  const task = {
    destination_chain_id: 1,
    input: {},
    webhook_url: webhook ? 'https://hooks.example/' : null,
  };
  return expectCreated(
    await store.hdpTaskLifecycle.create(
      newTaskRecord(task, new Map([['input', '{}']]), 'client-key', () => undefined),
      moment,
    ),
  );
}

/** A report of a status whose content is told apart by a word. */
function reportOf(uuid: string, toStatus: HdpStatus, word: string) {
  const content = toStatus.endsWith('Failed')
    ? { error_message: word }
    : toStatus === 'TaskDecommitmentCompleted'
      ? { transaction_hash: word }
      : toStatus === 'DryRunCompleted'
        ? { program_name: word }
        : {};
  return newTransition(uuid, transitionBody.parse({ to_status: toStatus, ...content }), new Map());
}
/** Whether two reports of a status can differ at all. */
const hasContent = (status: HdpStatus) => /Failed$|TaskDecommitmentCompleted|DryRunCompleted/.test(status);

/** The contract over plain values: what happened to a task, and what it has of it. */
class Model {
  status: HdpStatus = 'Received';
  readonly history: { from: HdpStatus | null; to: HdpStatus; word?: string }[] = [
    { from: null, to: 'Received' },
  ];
  error: string | null = null;
  program: string | null = null;
  webhooks = 0;

  allows(to: HdpStatus): boolean {
    const stages = ['DryRun', 'ChainProofsFetch', 'TraceGen', 'AtlanticProving', 'TaskDecommitment'];
    const [, stage = '', state] = /^(.*)(Started|Completed|Failed)$/.exec(to) ?? [];
    if (state !== 'Started') return state !== undefined && this.status === `${stage}Started`;
    const place = stages.indexOf(stage);
    return this.status === (place === 0 ? 'Received' : `${stages[place - 1]}Completed`);
  }

  report(to: HdpStatus, word: string): string {
    if (!this.allows(to)) {
      const attempt = this.history.slice(
        this.history.findLastIndex((change) => change.to === 'Received') + 1,
      );
      const before = attempt.find((change) => change.to === to);
      if (!before) return 'refused';
      return !hasContent(to) || before.word === word ? 'accepted' : 'contradicts';
    }
    this.history.push({ from: this.status, to, word });
    this.status = to;
    if (to.endsWith('Failed')) this.error = word;
    if (to === 'DryRunCompleted') this.program = word;
    if (to.endsWith('Failed') || to === 'TaskDecommitmentCompleted') this.webhooks += 1;
    return 'accepted';
  }

  retry(): void {
    if (!this.status.endsWith('Failed')) return;
    this.history.push({ from: this.status, to: 'Received' });
    this.status = 'Received';
    this.error = null;
  }
}

const writer = fc.nat({ max: CONNECTIONS - 1 });
const word = fc.constantFrom('a', 'b');
const step = fc.oneof(
  // One of what may follow, so that walks get somewhere.
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('next'), writer, word, nth: fc.nat({ max: 3 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('any'),
      writer,
      word,
      to: fc.constantFrom(...HDP_STATUSES.slice(1)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('again'), writer, word, back: fc.nat({ max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('retry'), writer, word }) },
);
type Step = { kind: string; writer: number; word: string; nth?: number; to?: HdpStatus; back?: number };

/** The status that a step reports; undefined for a retry. */
function statusOf(model: Model, { kind, nth = 0, to, back = 0 }: Step): HdpStatus | undefined {
  const allowed = HDP_STATUSES.filter((status) => model.allows(status));
  // Completed rather than Failed, most of the time.
  if (kind === 'next') return allowed[nth === 0 ? allowed.length - 1 : 0] ?? 'DryRunStarted';
  if (kind === 'again') return model.history.slice(1).at(-1 - back)?.to ?? 'DryRunStarted';
  return to;
}

describe('the life of an HDP task', () => {
  it('is that of a plain model, whoever writes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps: Step[]) => {
        const model = new Model();
        const uuid = await create(0, true);
        for (const taken of steps) {
          const { store, moment } = through(taken.writer);
          const status = statusOf(model, taken);
          if (taken.kind === 'retry' || status === undefined || status === 'Received') {
            expect(await store.hdpTaskLifecycle.retry(uuid, moment)).toBe(model.status);
            model.retry();
          } else {
            const expected = model.report(status, taken.word);
            const reported = await store.hdpTaskLifecycle.report(
              uuid,
              reportOf(uuid, status, taken.word),
              moment,
            );
            expect(reported?.outcome, `${status} at ${model.status}`).toBe(expected);
            if (reported?.outcome === 'accepted') expect(reported.transition.toStatus).toBe(status);
          }
          moment.now += taken.writer;
        }
        const { store } = through(1);
        const transitions = (await store.hdpTaskLifecycle.listTransitions(uuid)) ?? [];
        expect(transitions.map(({ fromStatus, toStatus }) => [fromStatus, toStatus])).toEqual(
          model.history.map(({ from, to }) => [from, to]),
        );
        const run = await store.hdpTaskLifecycle.find(uuid);
        expect(run?.task.status).toBe(model.status);
        expect(run?.task.programName).toBe(model.program);
        expect(run?.details?.errorMessage).toBe(model.error);
        expect(run?.task.updatedAt).toBe(transitions.at(-1)?.createdAt);
        expect(webhooksOf(uuid)).toHaveLength(model.webhooks);
        expectGoingUp(transitions);
      }),
      { numRuns: 60 },
    );
    expect(await through(0).store.verify()).toEqual([]);
  });

  it('neither loses nor doubles a change when many report at once', async () => {
    const uuids = await Promise.all(Array.from({ length: 12 }, (_, n) => create(n % CONNECTIONS, false)));
    expect(new Set(uuids).size).toBe(12);
    const path = HDP_STATUSES.filter((status) => /Started|Completed/.test(status));
    // Every writer reports all of every task, and tries again whatever cannot follow yet.
    const drive = async (uuid: string, n: number) => {
      const { store, moment } = through(n);
      const ids = [];
      for (const status of path) {
        const reported = await store.hdpTaskLifecycle.report(uuid, reportOf(uuid, status, 'a'), moment);
        expect(reported?.outcome).toBe('accepted');
        ids.push(reported?.outcome === 'accepted' ? reported.transition.id : '');
        await new Promise(setImmediate);
      }
      return ids;
    };
    for (const uuid of uuids) {
      const answers = await Promise.all(stores.map((_, n) => drive(uuid, n)));
      const transitions = (await through(0).store.hdpTaskLifecycle.listTransitions(uuid)) ?? [];
      expect(transitions.map(({ toStatus }) => toStatus)).toEqual(['Received', ...path]);
      for (const ids of answers) expect(ids).toEqual(transitions.slice(1).map(({ id }) => id));
      expectGoingUp(transitions);
    }
    expect(await through(0).store.verify()).toEqual([]);
  });

  it('takes a report of an attempt before the last for no repeated one', async () => {
    const uuid = await create(0, false);
    const { store, moment } = through(0);
    const say = async (status: HdpStatus) =>
      (await store.hdpTaskLifecycle.report(uuid, reportOf(uuid, status, 'a'), moment))?.outcome;
    expect([await say('DryRunStarted'), await say('DryRunFailed'), await say('DryRunFailed')]).toEqual([
      'accepted',
      'accepted',
      'accepted',
    ]);
    await store.hdpTaskLifecycle.retry(uuid, moment);
    expect(await say('DryRunFailed')).toBe('refused');
  });

  it('is as it was when a change cannot be written whole', async () => {
    const uuid = await create(0, true);
    const { store, moment } = through(0);
    await store.hdpTaskLifecycle.report(uuid, reportOf(uuid, 'DryRunStarted', 'a'), moment);
    const before = [
      await store.hdpTaskLifecycle.find(uuid),
      await store.hdpTaskLifecycle.listTransitions(uuid),
    ];
    const webhookBody = () => {
      throw new Error('no body');
    };
    const failing = { ...reportOf(uuid, 'DryRunFailed', 'a'), webhookBody };
    await expect(store.hdpTaskLifecycle.report(uuid, failing, moment)).rejects.toThrow('no body');
    expect([
      await store.hdpTaskLifecycle.find(uuid),
      await store.hdpTaskLifecycle.listTransitions(uuid),
    ]).toEqual(before);
  });

  it('lets one of many retries at once put the task back', async () => {
    const uuid = await create(0, false);
    const { store, moment } = through(0);
    await store.hdpTaskLifecycle.report(uuid, reportOf(uuid, 'DryRunStarted', 'a'), moment);
    await store.hdpTaskLifecycle.report(uuid, reportOf(uuid, 'DryRunFailed', 'a'), moment);
    const found = await Promise.all(
      stores.map((_, n) => through(n).store.hdpTaskLifecycle.retry(uuid, through(n).moment)),
    );
    expect(found.sort()).toEqual(['DryRunFailed', 'Received', 'Received']);
    expect(await store.hdpTaskLifecycle.listTransitions(uuid)).toHaveLength(4);
  });
});

/** The bodies in the outbox, oldest first. */
function webhooksOf(uuid: string): unknown[] {
  const shell = new Database(join(folder, 'tasks.db'), { readonly: true });
  try {
    return shell
      .prepare<[string], string>(
        'SELECT body FROM hdp_webhooks WHERE task = (SELECT id FROM hdp_tasks WHERE uuid = ?) ORDER BY id',
      )
      .pluck()
      .all(uuid);
  } finally {
    shell.close();
  }
}

function expectGoingUp(transitions: readonly { id: string; createdAt: number }[]): void {
  for (const [n, { id, createdAt }] of transitions.entries()) {
    const before = transitions[n - 1];
    if (before) expect(id > before.id && createdAt > before.createdAt).toBe(true);
  }
}
