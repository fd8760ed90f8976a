// BoardState: the board's page as signals: the runs as the server tells them, first a page of them, then live; which of
// them are wanted, kept in the URL; which groups are open.
import { computed, effect, signal } from "@preact/signals";
import { BASE } from "./base";
import type { LinkState } from "./event_link";
import type { OpenLink } from "./follower";
import { chooseLinks } from "./links";
import { problemFrom, type Problem } from "./problem";
import { boardSearchOf, boardViewFrom, RunBoard, rowsOf, type Board, type BoardView } from "./run_board";
import { decodeRun, parseRun } from "./run";
import { goToSignIn } from "./sign_in";

/** Enough to fill any screen; the rest comes by the event stream. */
const FIRST_RUNS = 200;
/** How often the board is drawn while much happens. */
const DRAW_MS = 200;

export class BoardState {
  readonly view = signal<BoardView>(boardViewFrom(location.search));
  readonly link = signal<LinkState>({ kind: "connecting" });
  /** Everything has been told once. */
  readonly complete = signal(false);
  readonly problem = signal<Problem | null>(null);
  readonly open = signal<ReadonlySet<string>>(new Set());
  readonly now = signal(Date.now());
  /** When the server was last heard of. */
  readonly heardAt = signal(0);
  private readonly version = signal(0);
  private readonly runs = new RunBoard();
  readonly board = computed<Board>(() => {
    void this.version.value;
    return this.runs.show(this.view.value);
  });
  readonly rows = computed(() => rowsOf(this.board.value, this.view.value, this.open.value));

  private readonly links = chooseLinks();
  private events: OpenLink | null = null;
  private drawTimer: ReturnType<typeof setTimeout> | undefined;
  /** Runs told since the connection began; those that are not among them when all has been told are gone. */
  private told = new Set<string>();

  get size(): number {
    void this.version.value;
    return this.runs.size;
  }

  start(): void {
    void this.loadFirst();
    this.openLink();
    addEventListener("popstate", () => (this.view.value = boardViewFrom(location.search)));
    addEventListener("pagehide", () => this.events?.close());
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.openLink();
    });
    effect(() => {
      // Nothing counts while nothing runs, and nobody sees it in a hidden tab.
      const running = this.board.value.counts.running > 0;
      const timer = setInterval(() => {
        if (document.visibilityState === "visible") this.now.value = Date.now();
      }, running ? 1_000 : 15_000);
      return () => clearInterval(timer);
    });
  }

  show(change: Partial<BoardView>): void {
    const view = { ...this.view.value, ...change };
    const typing = change.text !== undefined && this.view.value.text !== "";
    this.view.value = view;
    const url = boardSearchOf(view) || location.pathname;
    if (typing) history.replaceState(null, "", url);
    else history.pushState(null, "", url);
  }

  toggle(key: string): void {
    const open = new Set(this.open.value);
    if (!open.delete(key)) open.add(key);
    this.open.value = open;
  }

  private async loadFirst(): Promise<void> {
    try {
      const url = new URL("api/runs", BASE);
      url.searchParams.set("limit", String(FIRST_RUNS));
      const reply = await fetch(url, { cache: "no-store" });
      const body: unknown = await reply.json().catch(() => null);
      if (reply.status === 401) return goToSignIn(BASE);
      if (!reply.ok) {
        if (reply.status < 500) this.problem.value = problemFrom(reply.status, body);
        return;
      }
      const { runs } = body as { runs?: unknown };
      for (const one of Array.isArray(runs) ? runs : []) {
        const run = decodeRun(one);
        if (run) this.runs.take(run);
      }
      this.heardAt.value = Date.now();
      this.draw();
    } catch {
      // Unreachable: the link says so, and tries again.
    }
  }

  private openLink(): void {
    const url = new URL("api/events", BASE);
    url.search = "types=run&detail=summary";
    this.events?.close();
    this.events = this.links(url.href, "", {
      onState: (state) => {
        this.link.value = state;
        if (state.kind === "refused" && state.problem.status === 401) goToSignIn(BASE);
        else if (state.kind === "refused") this.problem.value = state.problem;
        else if (state.kind === "open") this.problem.value = null;
      },
      onEvent: (type, data) => this.onEvent(type, data),
    });
  }

  private onEvent(type: string, data: string): void {
    if (type === "hello") this.told = new Set();
    else if (type === "caught-up") this.onAllTold();
    else if (type === "run") {
      const run = parseRun(data);
      if (!run) return;
      this.told.add(run.run);
      this.runs.take(run);
    }
    this.drawTimer ??= setTimeout(() => this.draw(), this.complete.value || this.runs.size <= FIRST_RUNS ? DRAW_MS : 5 * DRAW_MS);
  }

  private onAllTold(): void {
    this.runs.keepOnly(this.told);
    this.complete.value = true;
  }

  private draw(): void {
    clearTimeout(this.drawTimer);
    this.drawTimer = undefined;
    this.heardAt.value = this.now.value = Date.now();
    this.version.value += 1;
  }
}
