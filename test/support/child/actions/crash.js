// Fails with an unexpected error after it has logged a line.
export const crash = {
  name: 'crash',
  async run(_, { log }) {
    log('info', 'so far so good');
    throw new Error('SELECT secret FROM /path');
  },
};
