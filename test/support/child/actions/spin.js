// Never lets go of its process.
export default {
  name: 'spin',
  async run() {
    for (;;);
  },
};
