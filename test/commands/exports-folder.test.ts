import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCli } from '../support/cli.ts';

it.each(['serve', 'work'])(
  'taskgate %s refuses an EXPORTS_DIR that is no folder, at its start',
  async (command) => {
    const cli = await createCli();
    const file = await cli.file('exports', 'notes');
    for (const EXPORTS_DIR of [file, join(file, 'deep/er')]) {
      expect(await cli.run([command], { env: { EXPORTS_DIR, PORT: '0' } })).toEqual({
        code: 1,
        stdout: '',
        stderr: `taskgate: The configuration is wrong: EXPORTS_DIR must name a folder, and ${file} is not a folder.\n`,
      });
    }
    await mkdir(join(cli.directory, 'folder'));
    for (const name of ['folder', 'missing/deep']) {
      const env = { EXPORTS_DIR: join(cli.directory, name), PORT: '0' };
      expect(await cli.run([command], { env })).toMatchObject({ code: 0 });
    }
  },
);
