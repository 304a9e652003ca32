// Fails in a way that nobody foresaw, after it has said something.
export const crash = {
  name: 'crash',
  async run(_, { log }) {
    log('info', 'so far so good');
    throw new Error('SELECT secret FROM /path');
  },
};
