// Kills its own process.
export const die = {
  name: 'die',
  async run() {
    process.kill(process.pid, 'SIGKILL');
    await new Promise(() => {});
  },
};
