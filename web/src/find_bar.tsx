// FindBar: searching through history. Enter goes to the next match, Shift+Enter to the one on the other side.
import { useLayoutEffect, useRef } from "preact/hooks";
import type { App } from "./app";
import type { Finder, Found } from "./finder";
import { sizeText } from "./stream_catalog";

const number = (value: number): string => value.toLocaleString("en");

function summary({ older, newer, place, running, more, problem }: Found): string {
  if (problem !== "") return problem;
  if (older === null && newer === null) return "";
  const counts = [older === null ? "" : `${number(older)} older`, newer === null || (newer === 0 && older !== null) ? "" : `${number(newer)} newer`];
  const known = counts.filter(Boolean).join(", ");
  const which = place === 0 ? "" : `${number(Math.abs(place))} of `;
  const { progress } = running ?? {};
  const scanned = progress && progress.total > 0 ? ` · read ${sizeText(progress.scanned)} of ${sizeText(progress.total)}` : running ? " · searching" : "";
  return `${which}${known}${more ? "+" : ""}${scanned}`;
}

export function FindBar({ app, finder }: { app: App; finder: Finder }) {
  const field = useRef<HTMLInputElement>(null);
  const shown = finder.shown.value;
  const found = finder.found.value;
  useLayoutEffect(() => {
    if (!shown) return;
    field.current?.focus();
    field.current?.select();
  }, [shown]);
  if (!shown) return null;
  const text = finder.text.value;
  const search = (back: boolean): void => {
    if (finder.wanted?.pattern === text && text !== "") finder.next(back);
    else finder.start({ pattern: text, level: null });
  };
  const close = (): void => {
    finder.close();
    document.getElementById("pane")?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter") search(event.shiftKey);
    if (event.key === "Escape") close();
    if (["Enter", "Escape"].includes(event.key)) event.stopPropagation();
  };
  const { progress } = found.running ?? {};
  return (
    <div class={`find${found.problem ? " wrong" : ""}`} role="search" aria-label="Search through history">
      <input
        ref={field}
        id="find"
        type="text"
        inputMode="search"
        value={text}
        placeholder="Search all of the log"
        aria-label="Search all of the log for a regular expression"
        aria-invalid={found.problem ? "true" : "false"}
        aria-describedby="find-summary"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        maxLength={512}
        onInput={(event) => (finder.text.value = event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <button type="button" class="quiet" aria-label="Older match" title="Older match" onClick={() => (finder.wanted ? finder.step("older") : finder.start({ pattern: text, level: null }, "older"))}>
        ↑
      </button>
      <button type="button" class="quiet" aria-label="Newer match" title="Newer match" onClick={() => (finder.wanted ? finder.step("newer") : finder.start({ pattern: text, level: null }, "newer"))}>
        ↓
      </button>
      <span id="find-summary" class="summary" role="status">
        {summary(found)}
      </span>
      {progress && progress.total > 0 && <progress max={progress.total} value={progress.scanned} aria-label="Searched so far" />}
      {text !== "" && (
        <button type="button" class="quiet" title="Show only lines that match" onClick={() => void app.addPattern("greps", text).then((done) => done && close())}>
          Make it a filter
        </button>
      )}
      <button type="button" class="quiet" aria-label="Close the search" onClick={close}>
        ×
      </button>
    </div>
  );
}
