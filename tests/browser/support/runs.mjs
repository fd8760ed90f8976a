// Runs as tests need them: a daemon that takes them, calls as they come from scripts, and the real `tailwater run`.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { BINARY, Daemon } from "./daemon.mjs";

export const RUNS_CONFIG = '[[stream]]\nname = "ci"\npush = true\nparse = "cri"\n[[runs]]\nstream = "ci"\n';

export const runsDaemon = () => Daemon.create({ config: RUNS_CONFIG });

/** Says something of a run, behind these lines of it. */
export async function tell(daemon, file, parameters, lines = "") {
  const reply = await fetch(`${daemon.url}api/ingest/ci/${file}?${new URLSearchParams(parameters)}`, { method: "POST", body: lines });
  if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`);
}

/** `tailwater run` of a command; ended() resolves with its exit status. */
export function startRun(daemon, name, command) {
  const child = spawn(BINARY, ["run", "-q", "--no-ci", "--to", daemon.url, "--spool", join(daemon.directory, "runs"), name, "--", ...command], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (bytes) => (errors += bytes));
  const ended = new Promise((done) => child.once("exit", (code) => done({ code, errors })));
  return { child, ended };
}
