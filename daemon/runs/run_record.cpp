#include "runs/run_record.h"

#include <utility>

#include "journal/varint.h"

namespace tailwater {
namespace {

constexpr std::uint64_t kVersion = 1;

enum Flag : std::uint64_t {
  kPushed = 1,
  kForgotten = 2,
  kSilent = 4,
  kHasState = 8,
  kHasExitCode = 16,
  kHasAttempt = 32,
  kHasBegan = 64,
  kHasEnded = 128,
};

void write_time(ByteWriter& writer, WallTime time) {
  writer.signed_varint(time.time_since_epoch().count());
}

WallTime read_time(ByteReader& reader) {
  return WallTime(Milliseconds(reader.signed_varint()));
}

void write_place(ByteWriter& writer, const RunPlace& place) {
  writer.varint(place.generation);
  writer.varint(place.offset);
}

RunPlace read_place(ByteReader& reader) {
  RunPlace place;
  place.generation = reader.varint32();
  place.offset = reader.varint();
  return place;
}

std::string read_text(ByteReader& reader) {
  return std::string(reader.bytes());
}

std::uint64_t flags_of(const StoredRun& run) {
  std::uint64_t flags = 0;
  const auto set = [&flags](bool is, Flag flag) {
    if (is) flags |= flag;
  };
  set(run.pushed, kPushed);
  set(run.forgotten, kForgotten);
  set(run.silent, kSilent);
  set(run.call.state.has_value(), kHasState);
  set(run.call.exit_code.has_value(), kHasExitCode);
  set(run.call.attempt.has_value(), kHasAttempt);
  set(run.call_began.has_value(), kHasBegan);
  set(run.call_ended.has_value(), kHasEnded);
  return flags;
}

void write_call(ByteWriter& writer, const StoredRun& run) {
  const RunCall& call = run.call;
  if (call.state) writer.varint(static_cast<std::uint64_t>(*call.state));
  if (call.exit_code) writer.signed_varint(*call.exit_code);
  if (call.attempt) writer.varint(*call.attempt);
  if (run.call_began) write_time(writer, *run.call_began);
  if (run.call_ended) write_time(writer, *run.call_ended);
  writer.bytes(call.signal);
  writer.bytes(call.name);
  writer.varint(call.labels.size());
  for (const auto& [key, value] : call.labels) {
    writer.bytes(key);
    writer.bytes(value);
  }
}

bool read_call(ByteReader& reader, std::uint64_t flags, StoredRun& run) {
  RunCall& call = run.call;
  if (flags & kHasState) {
    const std::uint64_t state = reader.varint();
    if (state > static_cast<std::uint64_t>(RunState::kLost)) return false;
    call.state = static_cast<RunState>(state);
  }
  if (flags & kHasExitCode) call.exit_code = static_cast<int>(reader.signed_varint());
  if (flags & kHasAttempt) call.attempt = reader.varint();
  if (flags & kHasBegan) run.call_began = read_time(reader);
  if (flags & kHasEnded) run.call_ended = read_time(reader);
  call.signal = read_text(reader);
  call.name = read_text(reader);
  const std::uint64_t labels = reader.varint();
  if (labels > RunCall::kMaxLabels) return false;
  for (std::uint64_t i = 0; i < labels; ++i) {
    std::string key = read_text(reader);
    std::string value = read_text(reader);
    call.labels.emplace_back(std::move(key), std::move(value));
  }
  return reader.ok();
}

}  // namespace

std::string encode_run(const StoredRun& run) {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.varint(kVersion);
  writer.varint(flags_of(run));
  for (const std::string& text : {run.stream, run.file, run.path, run.key}) writer.bytes(text);
  write_call(writer, run);
  write_time(writer, run.created);
  write_time(writer, run.updated);
  writer.varint(run.size);
  write_place(writer, run.begin);
  write_place(writer, run.end);
  writer.bytes(run.reading);
  return bytes;
}

std::optional<StoredRun> decode_run(std::string_view bytes) {
  ByteReader reader(bytes);
  if (reader.varint() != kVersion) return std::nullopt;
  const std::uint64_t flags = reader.varint();
  StoredRun run;
  run.pushed = (flags & kPushed) != 0;
  run.forgotten = (flags & kForgotten) != 0;
  run.silent = (flags & kSilent) != 0;
  for (std::string* text : {&run.stream, &run.file, &run.path, &run.key}) *text = read_text(reader);
  if (!read_call(reader, flags, run)) return std::nullopt;
  run.created = read_time(reader);
  run.updated = read_time(reader);
  run.size = reader.varint();
  run.begin = read_place(reader);
  run.end = read_place(reader);
  run.reading = read_text(reader);
  if (!reader.done() || run.stream.empty() || run.file.empty()) return std::nullopt;
  return run;
}

}  // namespace tailwater
