// StreamCatalog: the streams and files that the server follows, from GET /api/streams, decoded without trust.

export interface FileEntry {
  readonly path: string;
  /** Its name in addresses. */
  readonly key: string;
  readonly size: number | null;
  readonly generation: number;
  readonly lastArrival: string | null;
}

export interface StreamEntry {
  readonly name: string;
  readonly files: readonly FileEntry[];
  /** The files' bytes are given out as they are: nothing in them is hidden from readers. */
  readonly raw: boolean;
}

/** Longer than any server takes that can be reached. */
export const PATIENCE_MS = 10_000;

type Fields = Record<string, unknown>;

const objects = (value: unknown): Fields[] =>
  Array.isArray(value) ? value.filter((one): one is Fields => typeof one === "object" && one !== null) : [];

function fileOf(fields: Fields): FileEntry {
  const text = (name: string): string | null => (typeof fields[name] === "string" ? fields[name] : null);
  return {
    path: text("file") ?? text("path") ?? "",
    key: text("key") ?? text("file") ?? text("path") ?? "",
    size: typeof fields["size"] === "number" ? fields["size"] : null,
    generation: typeof fields["generation"] === "number" ? fields["generation"] : 0,
    lastArrival: text("last_arrival"),
  };
}

export function decodeStreams(body: unknown): StreamEntry[] {
  const list = Array.isArray(body) ? body : (body as Fields | null)?.["streams"];
  return objects(list).map((fields) => ({
    name: typeof fields["name"] === "string" ? fields["name"] : "",
    files: objects(fields["files"])
      .map(fileOf)
      .filter((file) => file.path !== ""),
    raw: fields["raw"] !== false,
  }));
}

/** Of a browser's few connections none may be free for so long; or the network swallows what is sent. */
export type Unanswered = "unreachable" | "late";

/** "signed-out": the server wants to know who asks; null: it has no answer now. */
export async function loadStreams(base: string): Promise<StreamEntry[] | "signed-out" | Unanswered | null> {
  try {
    const reply = await fetch(new URL("api/streams", base), { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (reply.status === 401) return "signed-out";
    return reply.ok ? decodeStreams(await reply.json()) : null;
  } catch (error) {
    return error instanceof DOMException && error.name === "TimeoutError" ? "late" : "unreachable";
  }
}

export const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1) || path;

/** For each path its last component, with as many before it as it takes to tell it from the others. */
export function shortNames(paths: readonly string[]): Map<string, string> {
  const names = new Map<string, string>();
  const ending = (path: string, parts: number): string => path.split("/").slice(-parts).join("/");
  let open = [...new Set(paths)];
  for (let parts = 1; open.length > 0; parts += 1) {
    const counts = new Map<string, number>();
    for (const path of open) counts.set(ending(path, parts), (counts.get(ending(path, parts)) ?? 0) + 1);
    const settled = (path: string): boolean => counts.get(ending(path, parts)) === 1 || parts > path.split("/").length;
    for (const path of open) if (settled(path)) names.set(path, ending(path, parts));
    open = open.filter((path) => !settled(path));
  }
  return names;
}

/** "1.2 MB". */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = -1;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
