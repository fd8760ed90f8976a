// FilterBar: the include and exclude patterns as chips, and the field where they are typed. What is typed applies
// after a moment's rest; Enter keeps it as a chip, Shift+Enter or "Exclude" keeps it as an exclusion.
import { useRef } from "preact/hooks";
import type { App } from "./app";
import type { Problem } from "./problem";

const REST_MS = 350;

type Kind = "include" | "exclude" | "where" | "column" | "start";
const KIND_TEXT: Record<Kind, string> = { include: "has", exclude: "not", where: "where", column: "column", start: "from" };

/** "where status>=500" is a condition on fields, not a pattern. */
const conditionIn = (text: string): string => /^where\s+(\S.*)$/s.exec(text.trim())?.[1] ?? "";
const isCondition = (text: string): boolean => /^where(\s|$)/.test(text.trimStart());

function Chip(props: { kind: Kind; pattern: string; onRemove: () => void }) {
  return (
    <li class={`chip ${props.kind}`}>
      <span class="chip-kind">{KIND_TEXT[props.kind]}</span>
      <code>{props.pattern}</code>
      <button type="button" aria-label={`Remove ${props.kind} filter ${props.pattern}`} onClick={props.onRemove}>
        ×
      </button>
    </li>
  );
}

function Chips({ app }: { app: App }) {
  const { greps, excludes, wheres, columns, since, from } = app.view.value;
  const start = from ? "a record" : since;
  if (greps.length + excludes.length + wheres.length + columns.length === 0 && !start) return null;
  const without = (list: readonly string[], pattern: string): string[] => list.filter((one) => one !== pattern);
  return (
    <ul class="chips" aria-label="Filters">
      {greps.map((one) => (
        <Chip key={`+${one}`} kind="include" pattern={one} onRemove={() => void app.show({ greps: without(greps, one) })} />
      ))}
      {excludes.map((one) => (
        <Chip
          key={`-${one}`}
          kind="exclude"
          pattern={one}
          onRemove={() => void app.show({ excludes: without(excludes, one) })}
        />
      ))}
      {wheres.map((one) => (
        <Chip key={`?${one}`} kind="where" pattern={one} onRemove={() => void app.show({ wheres: without(wheres, one) })} />
      ))}
      {columns.map((one) => (
        <Chip key={`=${one}`} kind="column" pattern={one} onRemove={() => app.toggleColumn(one)} />
      ))}
      {start && <Chip kind="start" pattern={start} onRemove={() => void app.show({ since: "", from: "" })} />}
    </ul>
  );
}

function FilterField({ app }: { app: App }) {
  const text = app.filterText;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const wrong = app.problem.value !== null;

  const typed = (value: string): void => {
    text.value = value;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void app.type(isCondition(text.value) ? "" : text.value), REST_MS);
  };
  const keep = async (kind: "greps" | "excludes"): Promise<void> => {
    clearTimeout(timer.current);
    const pattern = text.value.trim();
    const condition = conditionIn(pattern);
    if (condition !== "") {
      if (await app.addCondition(kind === "greps" ? condition : `not (${condition})`)) text.value = "";
      return;
    }
    if (pattern !== "" && (await app.addPattern(kind, pattern))) text.value = "";
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter") void keep(event.shiftKey ? "excludes" : "greps");
    if (event.key !== "Escape") return;
    if (text.value === "") (event.target as HTMLElement).blur();
    else typed("");
    event.stopPropagation();
  };

  return (
    <>
      <input
        id="filter"
        type="text"
        inputMode="search"
        value={text.value}
        placeholder="Filter lines: text, regex, or where status>=500"
        aria-label="Filter lines by a regular expression"
        aria-invalid={wrong ? "true" : "false"}
        aria-describedby={wrong ? "filter-problem" : undefined}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        maxLength={512}
        onInput={(event) => typed(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {text.value.trim() !== "" && (
        <>
          <button type="button" class="quiet" title="Enter" onClick={() => void keep("greps")}>
            Include
          </button>
          <button type="button" class="quiet" title="Shift+Enter" onClick={() => void keep("excludes")}>
            Exclude
          </button>
        </>
      )}
    </>
  );
}

export function FilterBar({ app }: { app: App }) {
  const problem = app.problem.value;
  const { ignoreCase } = app.view.value;
  return (
    <div class={`filter${problem ? " wrong" : ""}`} role="search">
      <div class="filter-line">
        <Chips app={app} />
        <FilterField app={app} />
        <button
          type="button"
          class="quiet case"
          aria-pressed={!ignoreCase}
          title="Match upper and lower case exactly"
          aria-label="Match case"
          onClick={() => void app.show({ ignoreCase: !ignoreCase })}
        >
          Aa
        </button>
      </div>
      {problem && (
        <p id="filter-problem" class="problem" role="alert">
          {problem.parameter ? <b>{problem.parameter}: </b> : null}
          {reasonOf(problem)}
        </p>
      )}
    </div>
  );
}

/** What the server says, without naming the parameter twice. */
function reasonOf({ detail, title, status, parameter }: Problem): string {
  const start = `${parameter}: `;
  const text = detail || title || `the server answered ${status}`;
  return parameter !== "" && text.startsWith(start) ? text.slice(start.length) : text;
}
