#include "spools.h"

#include <utility>

#include <fmt/format.h>

namespace tailwater {
namespace {

SpoolLimits limits_of(const StreamConfig& stream) {
  return {stream.push_file_bytes, stream.push_bytes, stream.push_files, stream.push_age};
}

}  // namespace

Spools::Spools(const std::string& state_directory, const Clock& clock)
    : folder_(state_directory.empty() ? "" : state_directory + "/spool"), clock_(clock) {}

std::string Spools::folder_of(const StreamConfig& stream) const {
  if (!stream.push || folder_.empty()) return {};
  return fmt::format("{}/{}", folder_, stream.name);
}

void Spools::configure(const std::vector<StreamConfig>& streams) {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::unique_ptr<SpoolStore>> stores;
  std::set<std::string> take_marks;
  for (const StreamConfig& stream : streams) {
    if (!stream.push) continue;
    if (stream.parse == "cri") take_marks.insert(stream.name);
    const auto known = stores_.find(stream.name);
    auto store = known != stores_.end() ? std::move(known->second)
                                        : std::make_unique<SpoolStore>(folder_of(stream), limits_of(stream));
    store->set_limits(limits_of(stream));
    stores.emplace(stream.name, std::move(store));
  }
  stores_ = std::move(stores);
  take_marks_ = std::move(take_marks);
}

std::optional<std::string> Spools::pattern(const StreamConfig& stream) const {
  if (!stream.push || folder_.empty()) return std::nullopt;
  return SpoolStore(folder_of(stream), limits_of(stream)).pattern();
}

Result<IngestAnswer> Spools::ingest(const IngestRequest& request) {
  const std::lock_guard lock(mutex_);
  const auto store = stores_.find(request.stream);
  if (store == stores_.end()) {
    return fail(ErrorCode::kNotFound,
                fmt::format("nothing can be pushed to {}: set push = true in its [[stream]]", request.stream));
  }
  if (folder_.empty()) {
    return fail(ErrorCode::kUnavailable,
                "what is pushed is kept in the state directory, and there is none (--state-dir)");
  }
  auto answer = append(*store->second, request);
  if (answer) answer->takes_marks = take_marks_.count(request.stream) > 0;
  if (!answer) pushes_refused_.fetch_add(1, std::memory_order_relaxed);
  return answer;
}

Result<IngestAnswer> Spools::append(SpoolStore& store, const IngestRequest& request) {
  const bool appends = !request.look_only && request.offset.value_or(0) == 0;  // nothing is made for a wrong offset
  const auto known = store.find(request.name, /*make=*/false);
  if (!known && known.error().code != ErrorCode::kNotFound) return fail(known.error());
  if (!known && !appends) return IngestAnswer{0, /*appended=*/false, /*takes_marks=*/false};
  if (!known) store.make_room(clock_.wall_now(), request.name);
  auto spool = known ? known : store.find(request.name, /*make=*/true);
  if (!spool) return fail(spool.error());
  Spool& target = **spool;
  const bool fits = !request.offset || *request.offset == target.offset();
  if (request.look_only || !fits) return IngestAnswer{target.offset(), /*appended=*/false, /*takes_marks=*/false};

  std::string line_ended;
  std::string_view bytes = request.bytes;
  if (!request.offset && !bytes.empty() && bytes.back() != '\n') {  // whole lines, whatever its sender ends them with
    line_ended.assign(bytes).push_back('\n');
    bytes = line_ended;
  }
  const std::uint64_t before = target.offset();
  const auto appended = target.append(bytes);
  store.wrote(target.offset() - before);
  bytes_pushed_.fetch_add(target.offset() - before, std::memory_order_relaxed);
  if (!appended) return fail(ErrorCode::kUnavailable, appended.error().message);
  return IngestAnswer{target.offset(), /*appended=*/true, /*takes_marks=*/false};
}

void Spools::remove(const std::string& stream, const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto store = stores_.find(stream);
  if (store != stores_.end() && SpoolStore::is_name(name)) store->second->remove(name);
}

void Spools::enforce() {
  const std::lock_guard lock(mutex_);
  if (folder_.empty()) return;
  for (const auto& [stream, store] : stores_) store->enforce(clock_.wall_now());
}

}  // namespace tailwater
