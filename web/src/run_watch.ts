// RunWatch: what is known of the page's run: asked for at once, then told by the event stream that its lines come by,
// and asked for now and then once that has ended, since a run may begin again.
import { signal } from "@preact/signals";
import type { App } from "./app";
import { BASE, RUN } from "./base";
import { decodeRun, isOver, parseRun, type Run } from "./run";
import { problemFrom, type Problem } from "./problem";
import { goToSignIn } from "./sign_in";

const AGAIN_MS = 20_000;

const url = new URL(`api/runs/${RUN.split("/").map(encodeURIComponent).join("/")}`, BASE).href;
/** On its way while the page is being built. */
const early = fetch(url, { cache: "no-cache" }).catch(() => null);

export class RunWatch {
  readonly run = signal<Run | null>(null);
  /** Why there is none. */
  readonly problem = signal<Problem | null>(null);
  readonly now = signal(Date.now());

  constructor(private readonly app: App) {
    app.follower.onRun = (data) => this.take(parseRun(data));
    void early.then((reply) => this.takeReply(reply));
    setInterval(() => {
      if (document.visibilityState === "visible") this.now.value = Date.now();
    }, 1_000);
    setInterval(() => {
      if (document.visibilityState === "visible" && app.follower.linkState.kind !== "open") void this.ask();
    }, AGAIN_MS);
  }

  private async ask(): Promise<void> {
    await this.takeReply(await fetch(url, { cache: "no-cache" }).catch(() => null));
  }

  private async takeReply(reply: Response | null): Promise<void> {
    if (!reply) return;
    const body: unknown = await reply.json().catch(() => null);
    if (reply.status === 401) goToSignIn(BASE);
    else if (reply.ok) this.take(decodeRun(body));
    else if (reply.status < 500) this.problem.value = problemFrom(reply.status, body);
  }

  private take(run: Run | null): void {
    const known = this.run.value;
    if (!run || (known && run.updated < known.updated)) return;
    this.problem.value = run.forgotten ? { status: 410, title: "", detail: "This run is kept no longer.", parameter: "" } : null;
    if (run.forgotten) return;
    this.now.value = Date.now();
    this.run.value = run;
    this.app.runPath.value = run.path;
    if (known && isOver(known.state) && !isOver(run.state) && this.app.follower.linkState.kind === "ended") this.app.restart();
  }
}
