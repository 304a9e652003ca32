// Its process dies in the middle.
export const die = {
  name: 'die',
  async run() {
    process.kill(process.pid, 'SIGKILL');
    await new Promise(() => {});
  },
};
