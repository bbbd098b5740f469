/** A way to the stack that can be frozen: connections stay open and carry nothing. */
import { connect, createServer } from "node:net";
import { url } from "./watching.mjs";

export async function freezing() {
  const target = new URL(url);
  const sockets = new Set();
  let isFrozen = false;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [one, other] of [[client, upstream], [upstream, client]]) {
      sockets.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => sockets.delete(one) && other.destroy());
      if (isFrozen) {
        one.unpipe(other).pause();
      }
      one.resumed = () => one.pipe(other);
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    freeze() {
      isFrozen = true;
      sockets.forEach((socket) => socket.unpipe().pause());
    },
    thaw() {
      isFrozen = false;
      sockets.forEach((socket) => socket.resumed());
    },
    end() {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    },
  };
}
