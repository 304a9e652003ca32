import { openWebServer, type WebServer } from './server.ts';

/** Runs a test with a server of its own that has the demo data and runs no tasks by itself. */
export async function withDemoServer(use: (server: WebServer) => Promise<void>): Promise<void> {
  const server = await openWebServer({ demo: true, runTasks: false });
  try {
    await use(server);
  } finally {
    await server.gateway.close();
  }
}
