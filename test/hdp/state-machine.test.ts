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

// Each writer has its own connection to the same file, its own ids and its own clock.
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

const writerAt = (writer: number) => {
  const [store, moment] = [stores[writer], moments[writer]];
  if (!store || !moment) throw new Error(`no writer ${writer}`);
  return { store, moment };
};

async function create(writer: number, webhook: boolean): Promise<string> {
  const { store, moment } = writerAt(writer);
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

/** Creates the row of a transition to `toStatus`, with `text` as its content where the status has content. */
function transitionRow(uuid: string, toStatus: HdpStatus, text: string) {
  const content = toStatus.endsWith('Failed')
    ? { error_message: text }
    : toStatus === 'TaskDecommitmentCompleted'
      ? { transaction_hash: text }
      : toStatus === 'DryRunCompleted'
        ? { program_name: text }
        : {};
  return newTransition(uuid, transitionBody.parse({ to_status: toStatus, ...content }), new Map());
}

/** True if two transitions to the status can have different content. */
const hasContent = (status: HdpStatus) => /Failed$|TaskDecommitmentCompleted|DryRunCompleted/.test(status);

/** Reference model of contract B3: the history of one task and the columns that it sets. */
class TaskModel {
  status: HdpStatus = 'Received';
  readonly history: { from: HdpStatus | null; to: HdpStatus; text?: string }[] = [
    { from: null, to: 'Received' },
  ];
  error: string | null = null;
  program: string | null = null;
  webhooks = 0;

  allows(to: HdpStatus): boolean {
    const stages = ['DryRun', 'ChainProofsFetch', 'TraceGen', 'AtlanticProving', 'TaskDecommitment'];
    const [, stage = '', state] = /^(.*)(Started|Completed|Failed)$/.exec(to) ?? [];
    if (state !== 'Started') return state !== undefined && this.status === `${stage}Started`;
    const index = stages.indexOf(stage);
    return this.status === (index === 0 ? 'Received' : `${stages[index - 1]}Completed`);
  }

  report(to: HdpStatus, text: string): string {
    if (!this.allows(to)) {
      const attempt = this.history.slice(
        this.history.findLastIndex((change) => change.to === 'Received') + 1,
      );
      const earlier = attempt.find((change) => change.to === to);
      if (!earlier) return 'refused';
      return !hasContent(to) || earlier.text === text ? 'accepted' : 'contradicts';
    }
    this.history.push({ from: this.status, to, text });
    this.status = to;
    if (to.endsWith('Failed')) this.error = text;
    if (to === 'DryRunCompleted') this.program = text;
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
const text = fc.constantFrom('a', 'b');
const step = fc.oneof(
  // Mostly valid transitions, so that tasks reach the later stages.
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('next'), writer, text, nth: fc.nat({ max: 3 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('any'),
      writer,
      text,
      to: fc.constantFrom(...HDP_STATUSES.slice(1)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('repeat'), writer, text, back: fc.nat({ max: 4 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('retry'), writer, text }) },
);
type Step = { kind: string; writer: number; text: string; nth?: number; to?: HdpStatus; back?: number };

/** Returns the status that a step reports, or undefined for a retry. */
function toStatusOf(model: TaskModel, { kind, nth = 0, to, back = 0 }: Step): HdpStatus | undefined {
  const allowed = HDP_STATUSES.filter((status) => model.allows(status));
  // Prefers Completed to Failed.
  if (kind === 'next') return allowed[nth === 0 ? allowed.length - 1 : 0] ?? 'DryRunStarted';
  if (kind === 'repeat') return model.history.slice(1).at(-1 - back)?.to ?? 'DryRunStarted';
  return to;
}

describe('the state machine of an HDP task', () => {
  it('matches the reference model with several writers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps: Step[]) => {
        const model = new TaskModel();
        const uuid = await create(0, true);
        for (const step of steps) {
          const { store, moment } = writerAt(step.writer);
          const status = toStatusOf(model, step);
          if (step.kind === 'retry' || status === undefined || status === 'Received') {
            expect(await store.hdpTaskLifecycle.retry(uuid, moment)).toBe(model.status);
            model.retry();
          } else {
            const expected = model.report(status, step.text);
            const result = await store.hdpTaskLifecycle.report(
              uuid,
              transitionRow(uuid, status, step.text),
              moment,
            );
            expect(result?.outcome, `${status} at ${model.status}`).toBe(expected);
            if (result?.outcome === 'accepted') expect(result.transition.toStatus).toBe(status);
          }
          moment.now += step.writer;
        }
        const { store } = writerAt(1);
        const transitions = (await store.hdpTaskLifecycle.listTransitions(uuid)) ?? [];
        expect(transitions.map(({ fromStatus, toStatus }) => [fromStatus, toStatus])).toEqual(
          model.history.map(({ from, to }) => [from, to]),
        );
        const record = await store.hdpTaskLifecycle.find(uuid);
        expect(record?.task.status).toBe(model.status);
        expect(record?.task.programName).toBe(model.program);
        expect(record?.details?.errorMessage).toBe(model.error);
        expect(record?.task.updatedAt).toBe(transitions.at(-1)?.createdAt);
        expect(webhookBodies(uuid)).toHaveLength(model.webhooks);
        expectIncreasing(transitions);
      }),
      { numRuns: 60 },
    );
    expect(await writerAt(0).store.verify()).toEqual([]);
  });

  it('stores each transition once when several writers report it at the same time', async () => {
    const uuids = await Promise.all(Array.from({ length: 12 }, (_, n) => create(n % CONNECTIONS, false)));
    expect(new Set(uuids).size).toBe(12);
    const path = HDP_STATUSES.filter((status) => /Started|Completed/.test(status));
    // Every writer reports every status of the task.
    const reportAll = async (uuid: string, n: number) => {
      const { store, moment } = writerAt(n);
      const ids = [];
      for (const status of path) {
        const result = await store.hdpTaskLifecycle.report(uuid, transitionRow(uuid, status, 'a'), moment);
        expect(result?.outcome).toBe('accepted');
        ids.push(result?.outcome === 'accepted' ? result.transition.id : '');
        await new Promise(setImmediate);
      }
      return ids;
    };
    for (const uuid of uuids) {
      const idsByWriter = await Promise.all(stores.map((_, n) => reportAll(uuid, n)));
      const transitions = (await writerAt(0).store.hdpTaskLifecycle.listTransitions(uuid)) ?? [];
      expect(transitions.map(({ toStatus }) => toStatus)).toEqual(['Received', ...path]);
      for (const ids of idsByWriter) expect(ids).toEqual(transitions.slice(1).map(({ id }) => id));
      expectIncreasing(transitions);
    }
    expect(await writerAt(0).store.verify()).toEqual([]);
  });

  it('rejects a transition of the previous attempt after a retry', async () => {
    const uuid = await create(0, false);
    const { store, moment } = writerAt(0);
    const report = async (status: HdpStatus) =>
      (await store.hdpTaskLifecycle.report(uuid, transitionRow(uuid, status, 'a'), moment))?.outcome;
    expect([
      await report('DryRunStarted'),
      await report('DryRunFailed'),
      await report('DryRunFailed'),
    ]).toEqual(['accepted', 'accepted', 'accepted']);
    await store.hdpTaskLifecycle.retry(uuid, moment);
    expect(await report('DryRunFailed')).toBe('refused');
  });

  it('is unchanged when a transition fails halfway', async () => {
    const uuid = await create(0, true);
    const { store, moment } = writerAt(0);
    await store.hdpTaskLifecycle.report(uuid, transitionRow(uuid, 'DryRunStarted', 'a'), moment);
    const before = [
      await store.hdpTaskLifecycle.find(uuid),
      await store.hdpTaskLifecycle.listTransitions(uuid),
    ];
    const webhookBody = () => {
      throw new Error('no body');
    };
    const failing = { ...transitionRow(uuid, 'DryRunFailed', 'a'), webhookBody };
    await expect(store.hdpTaskLifecycle.report(uuid, failing, moment)).rejects.toThrow('no body');
    expect([
      await store.hdpTaskLifecycle.find(uuid),
      await store.hdpTaskLifecycle.listTransitions(uuid),
    ]).toEqual(before);
  });

  it('resets a failed task once when several writers retry it at the same time', async () => {
    const uuid = await create(0, false);
    const { store, moment } = writerAt(0);
    await store.hdpTaskLifecycle.report(uuid, transitionRow(uuid, 'DryRunStarted', 'a'), moment);
    await store.hdpTaskLifecycle.report(uuid, transitionRow(uuid, 'DryRunFailed', 'a'), moment);
    const statuses = await Promise.all(
      stores.map((_, n) => writerAt(n).store.hdpTaskLifecycle.retry(uuid, writerAt(n).moment)),
    );
    expect(statuses.sort()).toEqual(['DryRunFailed', 'Received', 'Received']);
    expect(await store.hdpTaskLifecycle.listTransitions(uuid)).toHaveLength(4);
  });
});

/** Returns the webhook bodies of a task in the outbox, oldest first. */
function webhookBodies(uuid: string): unknown[] {
  const database = new Database(join(folder, 'tasks.db'), { readonly: true });
  try {
    return database
      .prepare<[string], string>(
        'SELECT body FROM hdp_webhooks WHERE task = (SELECT id FROM hdp_tasks WHERE uuid = ?) ORDER BY id',
      )
      .pluck()
      .all(uuid);
  } finally {
    database.close();
  }
}

function expectIncreasing(transitions: readonly { id: string; createdAt: number }[]): void {
  for (const [n, { id, createdAt }] of transitions.entries()) {
    const before = transitions[n - 1];
    if (before) expect(id > before.id && createdAt > before.createdAt).toBe(true);
  }
}
