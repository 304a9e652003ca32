// Writes a file at its start, then blocks its process forever.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const spin = {
  name: 'spin',
  async run(_, { exportsDir }) {
    writeFileSync(join(exportsDir, 'spinning'), '');
    for (;;);
  },
};
