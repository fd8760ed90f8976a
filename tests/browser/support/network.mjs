// Network: the way between the browser and a server, which can be cut, or go silent as it does when a laptop leaves its
// wireless network: connections stay as they were, and nothing comes through.
import { connect, createServer } from "node:net";

export class Network {
  state = "whole";
  connections = new Set();

  /** In front of a server on this port. */
  async start(port) {
    this.server = createServer((near) => {
      if (this.state !== "whole") return void near.destroy();
      const far = connect(port, "127.0.0.1");
      const both = { near, far };
      this.connections.add(both);
      const over = () => {
        this.connections.delete(both);
        if (this.silent?.has(both)) return; // nobody is told
        near.destroy();
        far.destroy();
      };
      for (const socket of [near, far]) socket.on("error", over).on("close", over);
      near.on("data", (bytes) => this.silent?.has(both) || far.write(bytes));
      far.on("data", (bytes) => this.silent?.has(both) || near.write(bytes));
    });
    await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${this.server.address().port}/`;
    return this;
  }

  /** Ends every connection, and refuses new ones. */
  cut() {
    this.state = "cut";
    for (const { near } of this.connections) near.destroy();
  }

  /** What is connected stays so and hears no more, for good; new connections are refused. */
  goSilent() {
    this.state = "silent";
    this.silent = new Set(this.connections);
  }

  restore() {
    this.state = "whole";
  }

  async stop() {
    this.state = "cut";
    for (const { near, far } of [...this.connections, ...(this.silent ?? [])]) {
      near.destroy();
      far.destroy();
    }
    await new Promise((done) => this.server.close(done));
  }
}
