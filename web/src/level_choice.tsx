// LevelChoice: "this level and above", with how many of the records in the page have each level.
import type { App } from "./app";
import { LEVELS, type Level } from "./record";
import { change } from "./view_menu";

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export function LevelChoice({ app, onFind }: { app: App; onFind: () => void }) {
  const { level, unknown } = app.view.value;
  const { counts, held } = app.status.value;
  const choose = (value: Level | null): void => void app.show({ level: value });
  return (
    <div class="levels" role="radiogroup" aria-label="Lowest level shown">
      <label class={`level-chip${level === null ? " chosen" : ""}`}>
        <input type="radio" name="level" value="" checked={level === null} onChange={() => choose(null)} />
        all <span class="count">{compact.format(held)}</span>
      </label>
      {LEVELS.map((one) => (
        <label key={one} class={`level-chip${level === one ? " chosen" : ""}`} data-level={one}>
          <input type="radio" name="level" value={one} checked={level === one} onChange={() => choose(one)} />
          {one} {counts[one] > 0 && <span class="count">{compact.format(counts[one])}</span>}
        </label>
      ))}
      {level !== null && (
        <label class="unknown" title="Also lines in which no level was found">
          <input
            type="checkbox"
            checked={unknown}
            onChange={(event) => void app.show({ unknown: event.currentTarget.checked })}
          />
          and lines without a level
        </label>
      )}
      <span class="space" />
      <button type="button" class="quiet small" onClick={onFind} title="Search all of the log (/)">
        Search
      </button>
      {app.view.value.run === "" && (
        <button
          type="button"
          class="quiet small toggle-timeline"
          aria-pressed={app.settings.value.showTimeline}
          onClick={() => change(app, { showTimeline: !app.settings.value.showTimeline })}
          title="Records and metrics over time (T)"
        >
          Timeline
        </button>
      )}
    </div>
  );
}
