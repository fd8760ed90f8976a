// Help: the keys, in a dialog.
import { useEffect, useRef } from "preact/hooks";
import type { App } from "./app";

const KEYS: readonly (readonly [string, string])[] = [
  ["/, ?", "search all of the log, newer or older"],
  ["n, N", "next match, and the other way"],
  ["e, E", "next error, previous error"],
  ["f, &", "filter: show only lines that match"],
  [":", "go to a time"],
  ["End, G, F", "follow the end"],
  ["p", "pause, or follow again"],
  ["g, Home", "the very first record"],
  ["j, k", "next, previous record"],
  ["Enter, o", "open the record: whole line, fields"],
  ["space, b, d, u", "page or half a page, down and up"],
  ["c", "copy the record's line"],
  ["C", "copy what is selected, or the record, as JSON"],
  ["y", "copy a link to the record"],
  ["w", "wrap long lines"],
  ["T, m", "timeline, metrics in it"],
  ["s", "streams and files"],
  ["t", "theme"],
  ["h, F1", "this help"],
];

export function Help({ app }: { app: App }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const shown = app.helpShown.value;
  useEffect(() => {
    if (shown) dialog.current?.showModal();
    else dialog.current?.close();
  }, [shown]);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={() => (app.helpShown.value = false)}>
      <h2 id="help-title">Keys</h2>
      <dl>
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(", ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
