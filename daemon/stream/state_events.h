// StateEvents: events that tell how things stand and are no log. They have no IDs and no history: a client is given
// what is latest, at once and whenever it changes, and however slow it is, no more is kept for it than the number of
// the last change that it has been told. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "stream/selection.h"

namespace tailwater {

class ReadersMailbox;

/// What one client wants to be told of.
struct StateWish {
  std::shared_ptr<const Selection> selection;
  /// The one thing that it is about, where it is about one alone: then there can be an end.
  std::string only;
  bool changes_alone = false;  ///< from now on
};

class StateEvents {
 public:
  virtual ~StateEvents() = default;
  /// Number of the last change; 0 before the first.
  [[nodiscard]] virtual std::uint64_t last_change() const = 0;
  /// Appends an event for each that is wanted and has changed since `seen`, until there are about `budget` bytes; moves
  /// `seen` on. What has changed several times is told once.
  virtual void append(std::string& frames, std::uint64_t& seen, const StateWish& wish, std::size_t budget) const = 0;
  /// Nothing more is expected of what the wish is about alone: the number of the append with which its last line came.
  [[nodiscard]] virtual std::optional<std::uint64_t> ended(const StateWish& wish) const = 0;
  /// Whom to wake when something changes; each watch() is undone by one unwatch().
  virtual void watch(const std::shared_ptr<ReadersMailbox>& mailbox) = 0;
  virtual void unwatch(const std::shared_ptr<ReadersMailbox>& mailbox) = 0;
};

}  // namespace tailwater
