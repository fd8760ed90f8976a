// AccessRules: who may read and write which stream. The readers and writers of a stream are the last word; a token's or
// a claim's own list of streams only narrows what they allow. Immutable, pure, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/caller.h"
#include "base/glob.h"

namespace tailwater {

/// Who may read and write one stream: names and groups; "*" is everybody who has signed in, "anonymous" everybody.
struct StreamAccess {
  std::string stream;
  std::vector<std::string> readers;
  std::vector<std::string> writers;
};

/// What is made of the lines of several streams, under a name of its own: for those who may read all of them.
struct DerivedAccess {
  std::string name;
  std::vector<std::string> streams;
};

inline constexpr std::string_view kEverybodySignedIn = "*";
inline constexpr std::string_view kAnonymousReader = "anonymous";

/// Who somebody is, apart from what he may do here.
struct Principal {
  CallerKind kind = CallerKind::kAnonymous;
  std::string name;
  std::vector<std::string> groups;
  std::optional<std::vector<Glob>> only_streams;  ///< no others, whatever the rules allow; none: not narrowed
  bool administrator = false;
};

class AccessRules {
 public:
  AccessRules() = default;
  /// `administrators` are names and groups. With `anonymous_reads`, streams that name "anonymous" among their readers
  /// are for everybody. `for_administrators`: a name in what they may read, and nobody else may.
  AccessRules(std::vector<StreamAccess> streams, std::vector<std::string> administrators, bool anonymous_reads,
              std::vector<DerivedAccess> derived = {}, std::string for_administrators = {});

  [[nodiscard]] Caller caller_of(const Principal& principal) const;
  [[nodiscard]] bool anonymous_reads() const { return anonymous_reads_; }

 private:
  [[nodiscard]] StreamSet with_derived(const Caller& caller) const;

  std::vector<StreamAccess> streams_;
  std::vector<std::string> administrators_;
  bool anonymous_reads_ = false;
  std::vector<DerivedAccess> derived_;
  std::string for_administrators_;
};

/// 1 to 64 of A-Z a-z 0-9 . _ @ -; for tokens, users and groups, none of which is a word with a meaning of its own.
[[nodiscard]] bool is_principal_name(std::string_view name);

}  // namespace tailwater
