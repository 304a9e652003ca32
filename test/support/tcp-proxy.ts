import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** How a proxy is cut: it closes its connections and refuses new ones, or it forwards nothing and says nothing. */
export type Cut = 'closed' | 'silent';

/** Forwards TCP connections until it is cut. */
export interface TcpProxy {
  readonly port: number;
  cut(how: Cut): void;
  /** Forwards new connections again. Those of before the cut are closed. */
  restore(): void;
}

/** Starts a proxy to a port of this machine. It ends with the test. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let cut: Cut | undefined;
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    track(client);
    if (cut === 'closed') return void client.destroy();
    if (cut === 'silent') return void client.pause();
    const target = connect(targetPort, '127.0.0.1');
    track(target);
    client.pipe(target).pipe(client);
    client.once('close', () => target.destroy());
    target.once('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const closeAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(() => {
    closeAll();
    server.close();
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    cut(how) {
      cut = how;
      if (how === 'closed') closeAll();
      else for (const socket of sockets) socket.unpipe().pause();
    },
    restore() {
      cut = undefined;
      closeAll();
    },
  };
}
