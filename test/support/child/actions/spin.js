// Never lets go of its process.
export const spin = {
  name: 'spin',
  async run() {
    for (;;);
  },
};
