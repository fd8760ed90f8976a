// StreamList: the streams and their files, with checkboxes. Nothing chosen means everything that may be read.
import type { App } from "./app";
import { sizeText, type FileEntry, type StreamEntry } from "./stream_catalog";
import { sparkPoints } from "./stream_rates";
import { choosesFile, toggledFile } from "./view";

function toggled(list: readonly string[], value: string): string[] {
  return list.includes(value) ? list.filter((one) => one !== value) : [...list, value];
}

function Spark({ rates }: { rates: readonly number[] }) {
  if (!rates.some((rate) => rate > 0)) return null;
  const last = rates[rates.length - 1] ?? 0;
  return (
    <svg class="spark" viewBox="0 0 44 14" role="img" aria-label={`${sizeText(Math.round(last))} a second`}>
      <polyline points={sparkPoints(rates, 44, 14)} />
    </svg>
  );
}

/** How large a file is; while it grows, how fast. */
function Amount({ size, rates }: { size: number | null; rates: readonly number[] }) {
  const rate = rates[rates.length - 1] ?? 0;
  if (rate >= 1) return <span class="size growing">{sizeText(Math.round(rate))}/s</span>;
  return size === null ? null : <span class="size">{sizeText(size)}</span>;
}

function FileRow({ app, file }: { app: App; file: FileEntry }) {
  const { files } = app.view.value;
  const paths = (app.streams.value ?? []).flatMap((stream) => stream.files.map(({ path }) => path));
  return (
    <li>
      <label title={`${file.path}${file.size === null ? "" : `, ${sizeText(file.size)}`}`}>
        <input
          type="checkbox"
          checked={choosesFile(files, file.path)}
          onChange={() => void app.show({ streams: [], files: toggledFile(paths, files, file.path) })}
        />
        <span class="name">{app.fileNames.value.get(file.path) ?? file.path}</span>
        <Spark rates={app.rates.of(file.path)} />
        <Amount size={file.size} rates={app.rates.of(file.path)} />
      </label>
    </li>
  );
}

function StreamRow({ app, stream }: { app: App; stream: StreamEntry }) {
  const { streams } = app.view.value;
  return (
    <li>
      <label class="stream">
        <input
          type="checkbox"
          checked={streams.includes(stream.name)}
          onChange={() => void app.show({ files: [], streams: toggled(streams, stream.name) })}
        />
        <span class="name">{stream.name}</span>
        <span class="size">{stream.files.length === 1 ? "1 file" : `${stream.files.length} files`}</span>
      </label>
      <ul>
        {stream.files.map((file) => (
          <FileRow key={file.path} app={app} file={file} />
        ))}
      </ul>
    </li>
  );
}

export function StreamList({ app }: { app: App }) {
  const streams = app.streams.value;
  const { streams: chosen, files } = app.view.value;
  const everything = chosen.length + files.length === 0;
  return (
    <nav class="streams" aria-label="Streams and files">
      <ul>
        <li>
          <label class="stream">
            <input
              type="checkbox"
              checked={everything}
              disabled={everything}
              onChange={() => void app.show({ streams: [], files: [] })}
            />
            <span class="name">Everything</span>
          </label>
        </li>
        {streams?.map((stream) => <StreamRow key={stream.name} app={app} stream={stream} />)}
      </ul>
      {streams === null && <p class="hint">The list of streams is not available.</p>}
    </nav>
  );
}
