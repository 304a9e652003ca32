// Never lets go of its thread.
export default {
  name: 'spin',
  async run() {
    for (;;);
  },
};
