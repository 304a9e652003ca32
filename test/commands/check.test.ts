import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { createCli } from '../support/cli.ts';
import { addHdpTasks } from '../support/gateway.ts';
import { openRawConnection } from '../support/raw-connection.ts';
import { anHdpTask } from '../support/tasks.ts';

describe('taskgate check', () => {
  it('says what differs and ends with 1, repairs it, and then finds nothing', async () => {
    const cli = await createCli();
    const store = openStore(cli.databaseUrl());
    await store.migrate();
    await addHdpTasks(store, anHdpTask());
    const agreed = { code: 0, stdout: '', stderr: 'The derived data agrees with the tasks.\n' };
    const differing = '{"what":"[\\"hdp\\"]","kept":2,"actual":1}\n';
    expect(await cli.run(['check'])).toEqual(agreed);
    const connection = await openRawConnection(cli.databaseUrl());
    while ((await store.index(100)) > 0);
    await store.close();
    await connection.exec(`UPDATE list_blocks SET size = 2 WHERE list = '["hdp"]'`);
    await connection.close();
    expect(await cli.run(['check'])).toEqual({
      code: 1,
      stdout: differing,
      stderr:
        'Counts that differ from the tasks: 1. Run taskgate check --repair to rebuild the derived data.\n',
    });
    expect(await cli.run(['check', '--repair'])).toEqual({
      code: 0,
      stdout: differing,
      stderr: 'Counts that differed from the tasks: 1. The derived data was rebuilt.\n',
    });
    expect(await cli.run(['check'])).toEqual(agreed);
  });
});
