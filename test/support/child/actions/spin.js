// Notes its beginning in a file, and never lets go of its process.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const spin = {
  name: 'spin',
  async run(_, { exportsDir }) {
    writeFileSync(join(exportsDir, 'spinning'), '');
    for (;;);
  },
};
