// Problem: why the server refused a request, from its RFC 9457 document. EventSource cannot read a refusal's body,
// so the same request is made once more with fetch, ending at once.

export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** The parameter that is wrong; "" if none is named. */
  readonly parameter: string;
}

export function problemFrom(status: number, body: unknown): Problem {
  const fields = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const text = (name: string): string => (typeof fields[name] === "string" ? fields[name] : "");
  return { status, title: text("title"), detail: text("detail"), parameter: text("parameter") };
}

/** The same stream, but over at once: for reading its status. */
export function probeUrl(url: string): string {
  const probe = new URL(url);
  probe.searchParams.set("follow", "0");
  if (!["from", "since"].some((name) => probe.searchParams.has(name))) probe.searchParams.set("tail", "0");
  return probe.href;
}

export type ProbeResult =
  | { readonly kind: "accepted" }
  | { readonly kind: "ended" }
  | { readonly kind: "unreachable" }
  | { readonly kind: "busy"; readonly status: number }
  | { readonly kind: "refused"; readonly problem: Problem };

/** Asks whether the stream at `url` would be served, and if not, why. Never throws. */
export async function probe(url: string, signal?: AbortSignal): Promise<ProbeResult> {
  const stop = new AbortController();
  signal?.addEventListener("abort", () => stop.abort(), { once: true });
  try {
    const reply = await fetch(probeUrl(url), {
      headers: { Accept: "text/event-stream" },
      cache: "no-store",
      signal: stop.signal,
    });
    if (reply.status === 204) return { kind: "ended" };
    if (reply.ok) return { kind: "accepted" };
    // These may succeed later (RFC 9110 15.5.9, 15.6.3; RFC 6585 4).
    if ([408, 425, 429, 500, 502, 503, 504].includes(reply.status)) return { kind: "busy", status: reply.status };
    const body: unknown = await reply.json().catch(() => null);
    return { kind: "refused", problem: problemFrom(reply.status, body) };
  } catch {
    return { kind: "unreachable" };
  } finally {
    stop.abort();
  }
}
