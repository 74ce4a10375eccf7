// A loopback server for tests, with the headers that Parley's server sends and a WebSocket that tests talk to.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { WebSocketServer } from 'ws';

/** The policy the app must live under, word for word. */
export const CSP =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self' ws: wss:; " +
  "style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; font-src 'self'; manifest-src 'self'";

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm' };

/**
 * Serves the folder on a free port of 127.0.0.1, and texts that functions give at paths of their own; gives its origin
 * and a close function. Each file takes up to `delay` milliseconds. A browser keeps files with a hash in their name, as
 * Parley's server lets it, but not with a delay: then each is to come late each time.
 */
export async function serve(folder, socket = echo, texts = {}, delay = 0) {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://x').pathname));
    if (Object.hasOwn(texts, path)) return response.end(await texts[path]());
    const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
    if (!existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    if (delay) await setTimeout(Math.random() * delay);
    response.writeHead(200, {
      'content-type': types[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': CSP,
      'cache-control': path.startsWith('/assets/') && !delay ? 'public, max-age=31536000, immutable' : 'no-store',
    });
    createReadStream(file).pipe(response);
  });
  const sockets = new WebSocketServer({ server, path: '/ws', maxPayload: 64 << 20 });
  sockets.on('connection', socket);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    for (const client of sockets.clients) client.terminate();
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, close };
}

/**
 * Sends back what it gets, but for commands in text-shaped binary: "close <code> <reason>", "flood <n>" for n messages
 * of 1 KiB numbered in their first four bytes, and "text" for a message of the wrong kind.
 */
function echo(socket) {
  socket.on('message', (data) => {
    const [command, arg, ...rest] = data.length < 200 ? data.toString().split(' ') : [];
    if (command === 'close') return socket.close(Number(arg), rest.join(' '));
    if (command === 'text') return socket.send('a text message');
    if (command !== 'flood') return socket.send(data, { binary: true });
    for (let i = 0; i < Number(arg); i++) {
      const message = Buffer.alloc(1024);
      message.writeUInt32LE(i);
      socket.send(message);
    }
  });
}
