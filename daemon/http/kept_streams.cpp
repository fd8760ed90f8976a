#include "http/kept_streams.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/socket_count.h"

namespace tailwater {
namespace {

constexpr char kMemoryPrefix = 'm';
constexpr char kStreamPrefix = 'c';
/// Sockets of a socket unit have names of their own.
constexpr std::string_view kListenerPrefix = "tailwater-bound-";

/// A colon would end it.
std::string listener_name(const std::string& address) {
  std::string name = std::string(kListenerPrefix) + address;
  std::replace(name.begin(), name.end(), ':', '|');
  return name;
}

/// Short: the names of all come back in one variable of the environment, which execve(2) bounds.
std::string short_name(char prefix, std::uint64_t number) {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string name;
  for (; number > 0; number /= kDigits.size()) name += kDigits[number % kDigits.size()];
  return prefix + name;
}

bool is_unix(int fd) {
  int domain = 0;
  socklen_t length = sizeof domain;
  return ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_UNIX;
}

/// The ones that are newer come first: they are right about a stream that both know.
std::vector<SurvivedMoorings> open_memories(std::vector<InheritedFd>& memories, std::uint64_t journal,
                                            KeptByEarlier& kept) {
  std::vector<SurvivedMoorings> opened;
  for (InheritedFd& memory : memories) {
    kept.memories.push_back(memory.name);
    auto mapped = SurvivedMemory::map(std::move(memory.fd));
    auto moorings = mapped ? SurvivedMoorings::open(std::move(*mapped)) : fail(mapped.error());
    if (moorings && (journal == 0 || moorings->journal() != journal)) {
      moorings = fail(ErrorCode::kInvalid, "the journal is another one now");
    }
    if (moorings) opened.push_back(std::move(*moorings));
    if (!moorings) kept.why_lost = moorings.error().message;
  }
  std::sort(opened.begin(), opened.end(), [](const auto& a, const auto& b) { return a.made() > b.made(); });
  return opened;
}

}  // namespace

KeptStreams::KeptStreams(Moorings& moorings, FdStore& store) : moorings_(moorings), store_(store) {
  store_.store(moorings_.memory().fd(), short_name(kMemoryPrefix, moorings_.made()));
}

KeptByEarlier KeptStreams::take(std::vector<InheritedFd>& inherited, std::uint64_t journal) {
  KeptByEarlier kept;
  std::vector<InheritedFd> memories;
  std::vector<InheritedFd> sockets;
  std::vector<InheritedFd> others;
  for (InheritedFd& each : inherited) {
    const bool listens = is_listening(each.fd.get());
    const auto list = [&]() -> std::vector<InheritedFd>& {
      if (listens) return each.name.rfind(kListenerPrefix, 0) == 0 ? kept.listeners : others;
      if (each.name.front() == kMemoryPrefix) return memories;
      return each.name.front() == kStreamPrefix ? sockets : others;
    };
    list().push_back(std::move(each));
  }
  inherited = std::move(others);
  std::unordered_map<std::uint64_t, MooredStream> known;
  for (const SurvivedMoorings& moorings : open_memories(memories, journal, kept)) {
    for (auto& [cookie, stream] : moorings.by_cookie()) known.try_emplace(cookie, std::move(stream));
  }
  for (InheritedFd& socket : sockets) {
    const std::uint64_t cookie = socket_cookie(socket.fd.get());
    const auto found = known.find(cookie);
    if (found == known.end()) {
      kept.lost.push_back(std::move(socket.fd));
    } else {
      kept.streams.push_back({std::move(socket.fd), cookie, found->second});
    }
  }
  return kept;
}

std::unique_ptr<Mooring> KeptStreams::moor(int fd, const RequestHead& head, WallTime asked) {
  MooredSocket socket;
  socket.cookie = socket_cookie(fd);
  if (is_unix(fd)) {
    socket.counted_by = CountedBy::kUs;
  } else {
    const auto counted = bytes_taken_by_tcp(fd);
    if (!counted) return nullptr;
    socket.begun = *counted;
  }
  return moorings_.moor(socket, essential_head(head), asked);
}

std::unique_ptr<Mooring> KeptStreams::moor_again(const KeptStream& stream, std::uint64_t taken) {
  const MooredSocket socket{stream.cookie, stream.moored.slot->begun, stream.moored.slot->counted_by};
  return moorings_.moor(socket, stream.moored.head(), stream.moored.asked(), taken);
}

void KeptStreams::store(int fd, std::uint64_t cookie) {
  store_.store(fd, short_name(kStreamPrefix, cookie));
}

void KeptStreams::end(int fd, std::uint64_t cookie) {
  if (keeps_all()) return;
  ::shutdown(fd, SHUT_RDWR);
  store_.remove(short_name(kStreamPrefix, cookie));
}

void KeptStreams::forget_memories(const std::vector<std::string>& names) {
  for (const std::string& name : names) store_.remove(name);
}

void KeptStreams::store_listener(int fd, const std::string& address) {
  store_.store(fd, listener_name(address));
}

UniqueFd KeptStreams::take_listener(KeptByEarlier& earlier, const std::string& address) {
  const auto found = std::find_if(earlier.listeners.begin(), earlier.listeners.end(),
                                  [name = listener_name(address)](const auto& each) { return each.name == name; });
  if (found == earlier.listeners.end()) return {};
  UniqueFd fd = std::move(found->fd);
  earlier.listeners.erase(found);
  return fd;
}

void KeptStreams::forget_listeners(KeptByEarlier& earlier) {
  for (const InheritedFd& each : earlier.listeners) store_.remove(each.name);
  earlier.listeners.clear();
}

TakingUp::TakingUp(KeptStreams& kept, const KeptByEarlier& earlier)
    : kept_(kept),
      memories_(earlier.memories),
      why_lost_(earlier.why_lost),
      streams_(earlier.streams.size()),
      lost_(earlier.lost.size()) {}

TakingUp::~TakingUp() {
  if (counted_ < streams_) return;
  kept_.forget_memories(memories_);
  if (streams_ + lost_ == 0) return;
  spdlog::info("{} of {} streams of an earlier process go on{}{}", going_on_.load(), streams_ + lost_,
               why_lost_.empty() ? "" : "; others are lost: ", why_lost_);
}

void TakingUp::count(bool goes_on) {
  if (goes_on) ++going_on_;
  ++counted_;
}

Result<std::uint64_t> count_of(const KeptStream& stream) {
  if (stream.moored.slot->counted_by == CountedBy::kUs) return std::uint64_t{0};
  return bytes_taken_by_tcp(stream.fd.get());
}

std::string essential_head(const RequestHead& head) {
  constexpr std::string_view kEssential[] = {"authorization",  "cookie",        "origin",
                                             "sec-fetch-site", "last-event-id", "x-forwarded-for"};
  std::string text = fmt::format("GET {}", head.path);
  if (!head.query.empty()) text += fmt::format("?{}", head.query);
  text += fmt::format(" HTTP/1.1\r\nHost: {}\r\n", head.host);
  for (const HeaderField& field : head.fields) {
    const bool essential = std::any_of(std::begin(kEssential), std::end(kEssential), [&field](std::string_view name) {
      return equals_ignoring_case(field.name, name);
    });
    if (essential) text += fmt::format("{}: {}\r\n", field.name, field.value);
  }
  return text + "\r\n";
}

}  // namespace tailwater
