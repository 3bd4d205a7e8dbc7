import { once } from 'node:events';
import { connect } from 'node:net';

/** Whether nobody listens on a port of 127.0.0.1. */
export async function isRefused(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}
