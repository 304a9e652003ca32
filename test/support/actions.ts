import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Action, ActionError } from '../../src/actions/action.ts';

/** The content of every file that `exportAction` writes. */
export const EXPORT_CONTENT = 'id,name\r\n1,Ada\r\n2,Grace\r\n';

/** Writes a small file, like an export. */
export const exportAction: Action = {
  name: 'export',
  async run({ id, chain }, { exportsDir, runId, log }) {
    await mkdir(join(exportsDir, String(chain)), { recursive: true });
    const file = `${chain}/${id}-${runId}.csv`;
    await writeFile(join(exportsDir, file), EXPORT_CONTENT);
    log('info', 'Wrote 2 rows.');
    return { result: `User_Export-${id}.csv`, file };
  },
};

/** Logs as many lines as its target says. */
export const logLinesAction: Action = {
  name: 'talk',
  async run({ target }, { log }) {
    for (let line = 1; line <= Number(target.lines); line += 1) log('info', `line ${line}`);
    return { result: 'said' };
  },
};

const failingAction: Action = {
  name: 'refuse',
  run: () => Promise.reject(new ActionError('There is no column colour; name another one.')),
};

const crashingAction: Action = {
  name: 'crash',
  run: () => Promise.reject(new Error('SELECT secret FROM /path')),
};

export const TEST_ACTIONS = [exportAction, logLinesAction, failingAction, crashingAction];

/** Creates an action that runs until `unblock` is called or its signal aborts. */
export function createBlockingAction() {
  const started = createGate();
  const release = createGate();
  const action: Action = {
    name: 'held',
    async run(_, { signal }) {
      started.open();
      const aborted = new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('asked to end')));
      });
      await Promise.race([release.opened, aborted]);
      return { result: 'held' };
    },
  };
  return { action, started: started.opened, unblock: release.open };
}

function createGate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
