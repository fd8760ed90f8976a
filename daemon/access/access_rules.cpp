#include "access/access_rules.h"

#include <algorithm>
#include <utility>

namespace tailwater {
namespace {

/// Subjects of foreign tokens could be called as anything here is: they match with their kind in front alone.
bool is_name_of(std::string_view text, const Principal& principal) {
  if (principal.kind == CallerKind::kJwt) return text.substr(0, 4) == "jwt:" && text.substr(4) == principal.name;
  return text == principal.name;
}

bool names(const std::vector<std::string>& list, const Principal& principal) {
  return std::any_of(list.begin(), list.end(), [&principal](const std::string& text) {
    return is_name_of(text, principal) ||
           std::find(principal.groups.begin(), principal.groups.end(), text) != principal.groups.end();
  });
}

bool has(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool is_narrowed_away(std::string_view stream, const Principal& principal) {
  return principal.only_streams && std::none_of(principal.only_streams->begin(), principal.only_streams->end(),
                                                [stream](const Glob& glob) { return glob.matches(stream); });
}

}  // namespace

AccessRules::AccessRules(std::vector<StreamAccess> streams, std::vector<std::string> administrators,
                         bool anonymous_reads, std::vector<DerivedAccess> derived, std::string for_administrators)
    : streams_(std::move(streams)),
      administrators_(std::move(administrators)),
      anonymous_reads_(anonymous_reads),
      derived_(std::move(derived)),
      for_administrators_(std::move(for_administrators)) {}

Caller AccessRules::caller_of(const Principal& principal) const {
  Caller caller;
  caller.kind = principal.kind;
  caller.name = principal.name;
  const bool known = principal.kind != CallerKind::kAnonymous;
  caller.administrator = known && (principal.administrator || names(administrators_, principal));
  std::vector<std::string> readable;
  std::vector<std::string> writable;
  for (const StreamAccess& stream : streams_) {
    if (is_narrowed_away(stream.stream, principal)) continue;
    const auto lets = [&](const std::vector<std::string>& list) {
      return known && (caller.administrator || has(list, kEverybodySignedIn) || names(list, principal));
    };
    if (lets(stream.readers) || (anonymous_reads_ && has(stream.readers, kAnonymousReader))) {
      readable.push_back(stream.stream);
    }
    if (lets(stream.writers)) writable.push_back(stream.stream);
  }
  caller.readable = StreamSet::of(std::move(readable));
  caller.readable = with_derived(caller);
  caller.writable = StreamSet::of(std::move(writable));
  return caller;
}

StreamSet AccessRules::with_derived(const Caller& caller) const {
  std::vector<std::string> readable = caller.readable.names();
  for (const DerivedAccess& derived : derived_) {
    const bool all = std::all_of(derived.streams.begin(), derived.streams.end(),
                                 [&caller](const std::string& stream) { return caller.may_read(stream); });
    if (all) readable.push_back(derived.name);
  }
  if (caller.administrator && !for_administrators_.empty()) readable.push_back(for_administrators_);
  return StreamSet::of(std::move(readable));
}

bool is_principal_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '@' || c == '-';
  };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), fits) && name != kAnonymousReader;
}

}  // namespace tailwater
